package io.penstock.gpuserver.software;

/** A graph inside a graph: its own copy. An executable graph takes its work apart and never runs this. */
record ChildWork(Graph graph) implements Work {
    @Override
    public void run() {
        throw new IllegalStateException("a child graph that was not taken apart");
    }

    @Override
    public NodeType nodeType() {
        return NodeType.GRAPH;
    }
}
