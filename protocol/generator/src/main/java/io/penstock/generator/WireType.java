package io.penstock.generator;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How one parameter travels: the type language of protocol.md section 1.
 *
 * @param kind what it is
 * @param name the handle kind or the struct's name; empty for every other kind
 * @param element the element of an array; null for every other kind
 */
record WireType(Kind kind, String name, @Nullable WireType element) {
    /** The words of the type language with the bytes one value takes; 0 where that is not fixed by the word. */
    enum Kind {
        I32(4),
        U32(4),
        ENUM(4),
        DEVICE(4),
        F32(4),
        I64(8),
        U64(8),
        SIZE(8),
        F64(8),
        DEVPTR(8),
        TEXOBJECT(8),
        SURFOBJECT(8),
        HOSTADDRESS(8),
        HANDLE(8),
        STRUCT(0),
        STRING(0),
        ARRAY(0);

        final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }
    }

    /** Parses {@code u32}, {@code handle:stream}, {@code struct:CUuuid}, {@code array:handle:graphnode}. */
    static WireType parse(String text) {
        int colon = text.indexOf(':');
        String word = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        Kind kind;
        try {
            kind = Kind.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new SpecException("unknown type '" + text + "'", unknown);
        }
        boolean named = kind == Kind.HANDLE || kind == Kind.STRUCT || kind == Kind.ARRAY;
        if (named == rest.isEmpty()) {
            throw new SpecException("type '" + text + "' " + (named ? "lacks its second word" : "has a word too many"));
        }
        return kind == Kind.ARRAY ? new WireType(kind, "", parse(rest)) : new WireType(kind, rest, null);
    }

    boolean is(Kind other) {
        return kind == other;
    }

    /** A value of 4 or 8 bytes without a layout of its own. */
    boolean scalar() {
        return kind.bytes > 0;
    }

    /** The element of an array. */
    WireType elementType() {
        if (element == null) {
            throw new IllegalStateException(kind + " has no element");
        }
        return element;
    }

    @Override
    public String toString() {
        String word = kind.name().toLowerCase(Locale.ROOT);
        if (element != null) {
            return word + ":" + element;
        }
        return name.isEmpty() ? word : word + ":" + name;
    }
}
