package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a client asks for.
 *
 * @param gpus how many, all on one server; 1 to {@link #GPUS_MAX}
 * @param memory how much of each
 * @param user for whom; for people and accounting
 * @param servers names or ids of the servers that will do; empty for any
 */
public record LeaseRequest(int gpus, MemoryWish memory, String user, List<String> servers) {
    /** The most GPUs of one lease. */
    public static final int GPUS_MAX = 64;

    /** How much memory of each GPU. */
    public sealed interface MemoryWish {}

    /** The whole GPU, shared with nobody. */
    public record Whole() implements MemoryWish {}

    /**
     * A part of the GPU's memory.
     *
     * @param part above 0, at most 1
     */
    public record Fraction(double part) implements MemoryWish {
        /** Checks the range. */
        public Fraction {
            if (!(part > 0 && part <= 1)) {
                throw new IllegalArgumentException("a fraction of a GPU is above 0 and at most 1, not " + part);
            }
        }
    }

    /**
     * This much memory.
     *
     * @param count bytes, above 0
     */
    public record Bytes(long count) implements MemoryWish {
        /** Checks the range. */
        public Bytes {
            if (count <= 0) {
                throw new IllegalArgumentException("the memory of a GPU is above 0 bytes, not " + count);
            }
        }
    }

    /** Checks the count. */
    public LeaseRequest {
        servers = List.copyOf(servers);
        if (gpus < 1 || gpus > GPUS_MAX) {
            throw new IllegalArgumentException("a lease has 1 to " + GPUS_MAX + " GPUs, not " + gpus);
        }
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("gpus", gpus).put("user", user).put("servers", new JsonArray(servers));
        switch (memory) {
            case Whole whole -> {}
            case Fraction fraction -> json.put("fraction", fraction.part());
            case Bytes bytes -> json.put("memory", bytes.count());
        }
        return json;
    }

    /**
     * Reads the JSON form.
     *
     * @throws IllegalArgumentException when a value is out of its range, or both fraction and memory are given
     */
    public static LeaseRequest fromJson(JsonObject json) {
        if (json.containsKey("fraction") && json.containsKey("memory")) {
            throw new IllegalArgumentException("a lease asks for a fraction or for memory, not both");
        }
        MemoryWish memory = new Whole();
        if (json.containsKey("fraction")) {
            memory = new Fraction(json.getDouble("fraction"));
        } else if (json.containsKey("memory")) {
            memory = new Bytes(json.getLong("memory"));
        }
        List<String> servers = json.getJsonArray("servers", new JsonArray()).stream()
                .map(String.class::cast)
                .toList();
        return new LeaseRequest(json.getInteger("gpus"), memory, json.getString("user"), servers);
    }
}
