package io.penstock.generator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The layout of a C struct that travels.
 *
 * @param name as in the driver's interface; one of ours if {@code ours}
 * @param size bytes
 * @param align bytes
 * @param union only size and alignment are known
 * @param ours defined by Penstock, not by the driver
 * @param fields in the order of their offsets
 */
record Struct(String name, int size, int align, boolean union, boolean ours, List<Field> fields) {
    /**
     * One field.
     *
     * @param at offset in bytes
     * @param name as in C
     * @param type null for opaque bytes
     * @param bytes its size
     * @param out only the server writes it: sent as zero
     * @param union what its bytes mean, if another field tells; null for every other field
     */
    record Field(
            int at,
            String name,
            @Nullable WireType type,
            int bytes,
            boolean out,
            @Nullable Union union) {
        boolean handle() {
            return type != null && type.is(WireType.Kind.HANDLE);
        }
    }

    /**
     * A union that starts with a handle or does not, as another field of the struct says.
     *
     * @param tag that field's name
     * @param cases every value that the driver knows
     */
    record Union(String tag, List<Case> cases) {}

    /**
     * One meaning of a union.
     *
     * @param value of the tag
     * @param handle what its first eight bytes are; null for plain bytes
     */
    record Case(int value, @Nullable WireType handle) {}

    boolean holdsHandles() {
        return fields.stream().anyMatch(field -> field.handle() || field.union() != null);
    }

    Field field(String wanted) {
        return fields.stream()
                .filter(field -> field.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new SpecException("struct " + name + " has no field " + wanted));
    }

    int paddedSize() {
        return (size + 7) & ~7;
    }
}
