package io.penstock.gpuserver.software;

/** Work that is only a place in the order: it takes no time and touches nothing. */
enum MarkWork implements Work {
    RECORD(NodeType.EVENT_RECORD),
    WAIT(NodeType.WAIT_EVENT),
    EMPTY(NodeType.EMPTY);

    private final NodeType nodeType;

    MarkWork(NodeType nodeType) {
        this.nodeType = nodeType;
    }

    @Override
    public void run() {
        // being reached is all there is to it
    }

    @Override
    public NodeType nodeType() {
        return nodeType;
    }
}
