package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.Set;

/** One node of a graph: its work and the nodes it comes after. Guarded by its graph. */
final class GraphNode {
    final Graph graph;
    final long handle;
    final Set<GraphNode> dependencies = new LinkedHashSet<>();
    /** Of a kernel node. */
    final KernelNodeAttributes attributes = new KernelNodeAttributes();

    Work work;
    /** The node it is a copy of; 0 for none. */
    long original;

    private MemorySegment shown = MemorySegment.NULL;

    GraphNode(Graph graph, long handle, Work work) {
        this.graph = graph;
        this.handle = handle;
        this.work = work;
    }

    /** A kernel stays as cooperative as the node's attributes say. */
    void setWork(Work other) {
        work = other instanceof KernelWork kernel ? kernel.cooperative(attributes.cooperative()) : other;
    }

    /** Puts bytes where a program may read them until it asks again; 0 for none. */
    long show(byte[] bytes) {
        shown = Arena.ofAuto().allocate(Math.max(1, bytes.length), 16);
        NativeMemory.putBytes(shown.address(), bytes);
        return bytes.length == 0 ? 0 : shown.address();
    }
}
