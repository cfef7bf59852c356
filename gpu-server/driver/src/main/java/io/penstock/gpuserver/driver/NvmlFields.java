package io.penstock.gpuserver.driver;

import java.util.Map;
import java.util.stream.IntStream;

/**
 * NVML's numbered field values: many of one device with one call. A field's key is {@code field.<id>}; its value is NVML's
 * type number and the eight bytes of the value, which only the program that asked interprets.
 */
final class NvmlFields {
    /** Counters and readings that change all the time: reasons for low clocks, memory's temperature, energy, power. */
    static final int[] ALWAYS = {74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 185, 186, 191, 251, 252, 253};

    /** ECC, retired pages, NVLink as a whole, row remapping, C2C, PCIe errors, limits, PCIe bytes, recovery. */
    static final int[] SELDOM = ranges(1, 31, 90, 95, 142, 145, 170, 170, 173, 184, 187, 190, 192, 199, 226, 230);

    private static final int FIELD_BYTES = 40;
    private static final int SCOPE = 4;
    private static final int TYPE = 24;
    private static final int RESULT = 28;
    private static final int VALUE = 32;

    private NvmlFields() {}

    /** Puts those that the device knows. */
    static void ask(NvmlLibrary nvml, long device, int[] ids, Map<String, String> into) {
        try (Scratch scratch = new Scratch()) {
            long values = scratch.room((long) ids.length * FIELD_BYTES);
            for (int i = 0; i < ids.length; i++) {
                NativeMemory.putInt(values + (long) i * FIELD_BYTES, ids[i]);
                NativeMemory.putInt(values + (long) i * FIELD_BYTES + RESULT, NvmlLibrary.FUNCTION_NOT_FOUND);
            }
            if (nvml.call("nvmlDeviceGetFieldValues", device, ids.length, values) != NvmlLibrary.SUCCESS) {
                return;
            }
            for (int i = 0; i < ids.length; i++) {
                long field = values + (long) i * FIELD_BYTES;
                if (NativeMemory.getInt(field + RESULT) == NvmlLibrary.SUCCESS) {
                    into.put("field." + ids[i], NativeMemory.getInt(field + TYPE) + " " + value(field + VALUE));
                }
            }
        }
    }

    /** One field of a part of the device, such as a link; 0 when it is not known. */
    static int number(NvmlLibrary nvml, long device, int id, int scope) {
        try (Scratch scratch = new Scratch()) {
            long field = scratch.room(FIELD_BYTES);
            NativeMemory.putInt(field, id);
            NativeMemory.putInt(field + SCOPE, scope);
            NativeMemory.putInt(field + RESULT, NvmlLibrary.FUNCTION_NOT_FOUND);
            int result = nvml.call("nvmlDeviceGetFieldValues", device, 1, field);
            boolean told = result == NvmlLibrary.SUCCESS && NativeMemory.getInt(field + RESULT) == NvmlLibrary.SUCCESS;
            return told ? NativeMemory.getInt(field + VALUE) : 0;
        }
    }

    /** Every number of every range, whose first and last are given. */
    private static int[] ranges(int... ends) {
        return IntStream.range(0, ends.length / 2)
                .flatMap(range -> IntStream.rangeClosed(ends[2 * range], ends[2 * range + 1]))
                .toArray();
    }

    private static String value(long address) {
        return Long.toUnsignedString(NativeMemory.getLong(address));
    }
}
