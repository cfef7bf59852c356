package io.penstock.gpuserver.software;

import java.util.LinkedHashSet;
import java.util.Set;

/** One node of a graph: its work and the nodes it comes after. Guarded by its graph. */
final class GraphNode {
    final Graph graph;
    final long handle;
    final Set<GraphNode> dependencies = new LinkedHashSet<>();
    Work work;

    GraphNode(Graph graph, long handle, Work work) {
        this.graph = graph;
        this.handle = handle;
        this.work = work;
    }
}
