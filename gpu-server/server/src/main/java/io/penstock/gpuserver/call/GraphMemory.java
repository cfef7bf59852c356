package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Memory that nodes of graphs allocate. The lease is charged when the node is added, and gets the bytes back once neither
 * the graph nor an executable graph made from it can allocate them again and what the last launch allocated is freed.
 * Executor thread only.
 */
final class GraphMemory {
    /** What one allocation node allocates at each launch. */
    private static final class Allocation {
        private final DeviceMemory.Block block;
        private int holders = 1;
        private boolean allocated;

        private Allocation(DeviceMemory.Block block) {
            this.block = block;
        }
    }

    /** Addresses that launches of a graph allocate, and those that they free. */
    private record Effects(Set<Long> allocates, Set<Long> frees) {
        private Effects() {
            this(new HashSet<>(), new HashSet<>());
        }
    }

    private final Map<Long, Allocation> allocations = new HashMap<>();
    /** Of graphs and of executable graphs, by the driver's handle. */
    private final Map<Long, Effects> effects = new HashMap<>();
    /** Graphs that captures under way have made and allocated in, by stream. */
    private final Map<Long, Long> captures = new HashMap<>();

    private final Set<Long> intoPrograms = new HashSet<>();

    /** A graph has a node that allocates this address; its bytes are taken from the lease. */
    void allocates(long graph, long address, DeviceMemory.Block block) {
        allocations.put(address, new Allocation(block));
        effects.computeIfAbsent(graph, key -> new Effects()).allocates().add(address);
    }

    /** A stream records into a graph of the program's, which a capture that fails does not end. */
    void capturesInto(long stream) {
        intoPrograms.add(stream);
    }

    /** A capturing stream has allocated: the graph's memory ends with the capture, should it fail. */
    void captured(long stream, long graph, long address, DeviceMemory.Block block) {
        if (!intoPrograms.contains(stream)) {
            captures.put(stream, graph);
        }
        allocates(graph, address, block);
    }

    /** A capture is over; what is given back to the lease when it has failed. */
    List<DeviceMemory.Block> captureEnded(long stream, boolean failed) {
        intoPrograms.remove(stream);
        Long graph = captures.remove(stream);
        return failed && graph != null ? ended(graph) : List.of();
    }

    /** A graph has a node that frees this address. */
    void frees(long graph, long address) {
        effects.computeIfAbsent(graph, key -> new Effects()).frees().add(address);
    }

    /** An executable graph was made from a graph. */
    void instantiated(long graph, long exec) {
        Effects of = effects.get(graph);
        if (of == null) {
            return;
        }
        effects.put(exec, new Effects(Set.copyOf(of.allocates()), Set.copyOf(of.frees())));
        of.allocates().forEach(address -> hold(address, 1));
    }

    /** A launch was queued: what is allocated behind it. */
    void launched(long exec) {
        Effects of = effects.get(exec);
        if (of != null) {
            of.allocates().forEach(address -> setAllocated(address, true));
            of.frees().forEach(address -> setAllocated(address, false));
        }
    }

    private void hold(long address, int more) {
        Allocation allocation = allocations.get(address);
        if (allocation != null) {
            allocation.holders += more;
        }
    }

    private void setAllocated(long address, boolean allocated) {
        Allocation allocation = allocations.get(address);
        if (allocation != null) {
            allocation.allocated = allocated;
        }
    }

    /** Whether a graph's node allocates this address. */
    boolean holds(long address) {
        return allocations.containsKey(address);
    }

    /** The program frees what a launch has allocated; what is given back to the lease when it is done. */
    List<DeviceMemory.Block> freed(long address) {
        setAllocated(address, false);
        return unused(Set.of(address));
    }

    /** A graph or an executable graph ends; what is given back to the lease when it has. */
    List<DeviceMemory.Block> ended(long holder) {
        Effects of = effects.remove(holder);
        if (of == null) {
            return List.of();
        }
        of.allocates().forEach(address -> hold(address, -1));
        List<DeviceMemory.Block> unused = unused(of.allocates());
        unused.addAll(unused(of.frees()));
        return unused;
    }

    private List<DeviceMemory.Block> unused(Set<Long> addresses) {
        List<DeviceMemory.Block> unused = new ArrayList<>();
        for (long address : addresses) {
            Allocation allocation = allocations.get(address);
            if (allocation != null && allocation.holders == 0 && !allocation.allocated) {
                allocations.remove(address);
                unused.add(allocation.block);
            }
        }
        return unused;
    }

    /** After a driver call that ended the use of blocks: the driver lets go of them, then the lease has them again. */
    static int release(CallContext context, List<DeviceMemory.Block> unused, int result) {
        if (result == CudaResult.SUCCESS) {
            for (DeviceMemory.Block block : unused) {
                context.driver().cuDeviceGraphMemTrim(block.gpu());
                context.memory().release(block);
            }
        }
        return result;
    }
}
