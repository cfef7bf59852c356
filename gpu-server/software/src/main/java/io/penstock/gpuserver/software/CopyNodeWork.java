package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;

/** A copy that a program made a node of: it is asked for its descriptor as it was given. */
@SuppressWarnings("ArrayRecordComponent") // the node's parameters, never compared
record CopyNodeWork(CopyWork copy, byte[] descriptor) implements Work {
    private static final int DESCRIPTOR_BYTES = 200;

    /** The copy that CUDA_MEMCPY3D at this address asks for. */
    static CopyNodeWork of(CopyWork copy, long descriptor) {
        return new CopyNodeWork(copy, NativeMemory.getBytes(descriptor, DESCRIPTOR_BYTES));
    }

    void write(long at) {
        NativeMemory.putBytes(at, descriptor);
    }

    @Override
    public void run() throws DeviceFault {
        copy.run();
    }

    @Override
    public boolean brief() {
        return copy.brief();
    }

    @Override
    public NodeType nodeType() {
        return NodeType.MEMCPY;
    }
}
