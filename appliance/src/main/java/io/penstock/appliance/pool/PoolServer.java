package io.penstock.appliance.pool;

import java.util.List;

/**
 * One server in a snapshot.
 *
 * @param id its identity's id
 * @param name what people call it
 * @param alive whether it was heard of lately
 * @param gpus its GPUs
 */
public record PoolServer(String id, String name, boolean alive, List<PoolGpu> gpus) {
    /** Copies the list. */
    public PoolServer {
        gpus = List.copyOf(gpus);
    }
}
