package io.penstock.gpuserver.software;

/** CUgraphNodeType, with CUDA's numbers. */
enum NodeType {
    KERNEL(0),
    MEMCPY(1),
    MEMSET(2),
    HOST(3),
    GRAPH(4),
    EMPTY(5),
    WAIT_EVENT(6),
    EVENT_RECORD(7),
    MEM_ALLOC(10),
    MEM_FREE(11),
    BATCH_MEM_OP(12);

    private final int number;

    NodeType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
