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
     */
    record Field(int at, String name, @Nullable WireType type, int bytes, boolean out) {
        boolean handle() {
            return type != null && type.is(WireType.Kind.HANDLE);
        }
    }

    boolean holdsHandles() {
        return fields.stream().anyMatch(Field::handle);
    }

    int paddedSize() {
        return (size + 7) & ~7;
    }
}
