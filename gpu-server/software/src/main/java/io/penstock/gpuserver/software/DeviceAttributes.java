package io.penstock.gpuserver.software;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What cuDeviceGetAttribute answers: the table in {@code device-attributes.tsv} and what differs between devices. */
final class DeviceAttributes {
    static final int MAX_THREADS_PER_BLOCK = 1;
    static final int MAX_BLOCK_DIM_X = 2;
    static final int MAX_GRID_DIM_X = 5;
    static final int MAX_SHARED_MEMORY_PER_BLOCK = 8;
    static final int MAX_PITCH = 11;
    static final int MULTIPROCESSOR_COUNT = 16;
    static final int PCI_BUS_ID = 33;
    static final int MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97;

    private static final Map<Integer, Integer> TABLE = read();

    private DeviceAttributes() {}

    /** The value, or null when CUDA 13.0 has no such attribute. */
    static @Nullable Integer get(Device device, int attribute) {
        return switch (attribute) {
            case MULTIPROCESSOR_COUNT -> Runtime.getRuntime().availableProcessors();
            case PCI_BUS_ID -> device.pciBus();
            default -> TABLE.get(attribute);
        };
    }

    /** A limit that is the same on every software GPU. */
    static int limit(int attribute) {
        return Objects.requireNonNull(TABLE.get(attribute));
    }

    private static Map<Integer, Integer> read() {
        Map<Integer, Integer> table = new HashMap<>();
        try (InputStream bytes = DeviceAttributes.class.getResourceAsStream("device-attributes.tsv");
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(bytes), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    String[] columns = line.split("\t", -1);
                    table.put(Integer.valueOf(columns[0]), Integer.valueOf(columns[1]));
                }
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException("device-attributes.tsv cannot be read", unreadable);
        }
        return Map.copyOf(table);
    }
}
