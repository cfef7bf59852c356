package io.penstock.gpuserver.software;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Nodes that allocate and free. Which addresses are allocated is decided at the launch, in the program's order. */
sealed interface GraphMemoryWork extends Work {
    GraphAllocation allocation();

    @Override
    default void run() {
        // the memory is there; the launch has said whose it is
    }

    record Allocate(GraphAllocation allocation) implements GraphMemoryWork {
        @Override
        public NodeType nodeType() {
            return NodeType.MEM_ALLOC;
        }
    }

    record Free(GraphAllocation allocation) implements GraphMemoryWork {
        @Override
        public NodeType nodeType() {
            return NodeType.MEM_FREE;
        }
    }

    /**
     * Does to the allocations what a launch of these steps does; false, and nothing done, when it allocates what is
     * allocated or frees what is not.
     *
     * @param freeFirst whether what an earlier launch left allocated is freed by this one
     */
    static boolean account(List<Work> steps, boolean freeFirst) {
        Set<GraphAllocation> allocated = new HashSet<>();
        for (Work step : steps) {
            if (step instanceof Allocate node) {
                if (node.allocation().allocated() && !freeFirst) {
                    return false;
                }
                allocated.add(node.allocation());
            } else if (step instanceof Free node) {
                if (!allocated.remove(node.allocation()) && !node.allocation().allocated()) {
                    return false;
                }
            }
        }
        for (Work step : steps) {
            if (step instanceof GraphMemoryWork node) {
                node.allocation().setAllocated(node instanceof Allocate);
            }
        }
        return true;
    }
}
