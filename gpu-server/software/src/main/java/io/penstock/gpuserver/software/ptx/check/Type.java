package io.penstock.gpuserver.software.ptx.check;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fundamental type of PTX, as its opcodes and declarations name it. */
public enum Type {
    B8(8, Kind.BITS),
    B16(16, Kind.BITS),
    B32(32, Kind.BITS),
    B64(64, Kind.BITS),
    B128(128, Kind.BITS),
    U8(8, Kind.UNSIGNED),
    U16(16, Kind.UNSIGNED),
    U32(32, Kind.UNSIGNED),
    U64(64, Kind.UNSIGNED),
    S8(8, Kind.SIGNED),
    S16(16, Kind.SIGNED),
    S32(32, Kind.SIGNED),
    S64(64, Kind.SIGNED),
    F16(16, Kind.FLOAT),
    BF16(16, Kind.FLOAT),
    F32(32, Kind.FLOAT),
    F64(64, Kind.FLOAT),
    F16X2(32, Kind.PACKED),
    BF16X2(32, Kind.PACKED),
    TF32(32, Kind.FLOAT),
    PRED(1, Kind.PREDICATE);

    /** What the bits mean. */
    public enum Kind {
        BITS,
        UNSIGNED,
        SIGNED,
        FLOAT,
        PACKED,
        PREDICATE
    }

    private static final Map<String, Type> BY_NAME =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(Type::spelled, Function.identity()));

    private final int bits;
    private final Kind kind;

    Type(int bits, Kind kind) {
        this.bits = bits;
        this.kind = kind;
    }

    /** The type spelled so without its dot, or null. */
    public static @Nullable Type of(String name) {
        return BY_NAME.get(name);
    }

    /** As PTX spells it, without the dot. */
    public String spelled() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its width; 1 for a predicate. */
    public int bits() {
        return bits;
    }

    /** Its width in memory. */
    public int bytes() {
        return Math.max(1, bits / 8);
    }

    /** What the bits mean. */
    public Kind kind() {
        return kind;
    }

    /** Where a register of this type is kept. */
    public Bank bank() {
        return this == PRED ? Bank.PREDICATE : bits <= 32 ? Bank.WORD : Bank.LONG;
    }

    /** True for the signed integers. */
    public boolean signed() {
        return kind == Kind.SIGNED;
    }

    /** True for integers and plain bits. */
    public boolean integer() {
        return kind == Kind.BITS || kind == Kind.UNSIGNED || kind == Kind.SIGNED;
    }

    /** True for the scalar floating types. */
    public boolean floating() {
        return kind == Kind.FLOAT;
    }
}
