package io.penstock.gpuserver.software;

import java.util.List;

/** Several operations on words, one after the other, as one node. */
@SuppressWarnings("ArrayRecordComponent") // the node's parameters, never compared
record BatchWork(Context context, List<Work> operations, byte[] params) implements Work {
    @Override
    public void run() throws DeviceFault {
        for (Work operation : operations) {
            operation.run();
        }
    }

    @Override
    public boolean brief() {
        return false;
    }

    @Override
    public NodeType nodeType() {
        return NodeType.BATCH_MEM_OP;
    }
}
