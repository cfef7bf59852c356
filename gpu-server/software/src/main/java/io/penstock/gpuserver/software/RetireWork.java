package io.penstock.gpuserver.software;

/** The last work of a destroyed stream: its context forgets it. */
record RetireWork(Stream stream) implements Work {
    @Override
    public void run() {
        stream.context().streams().remove(stream);
    }

    @Override
    public NodeType nodeType() {
        return NodeType.EMPTY;
    }
}
