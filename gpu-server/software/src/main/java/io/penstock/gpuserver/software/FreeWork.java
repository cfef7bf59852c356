package io.penstock.gpuserver.software;

/** Memory given back when the stream gets there. */
record FreeWork(Machine machine, Block block) implements Work {
    @Override
    public void run() {
        MemoryPool pool = block.pool();
        if (machine.freeBlock(block.base()) && pool != null) {
            pool.gaveBack(block.bytes());
        }
    }

    @Override
    public NodeType nodeType() {
        return NodeType.MEM_FREE;
    }
}
