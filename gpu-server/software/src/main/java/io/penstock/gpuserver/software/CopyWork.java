package io.penstock.gpuserver.software;

import io.penstock.protocol.codec.CudaResult;
import java.util.concurrent.locks.Lock;

/** A copy between any two places; device memory that is gone by then loses the context, as on a GPU. */
record CopyWork(Machine machine, CopyShape shape) implements Work {
    private static final long BRIEF_BYTES = 1 << 20;

    @Override
    public void run() throws DeviceFault {
        Lock inUse = machine.memoryInUse().readLock();
        inUse.lock();
        try {
            check(shape.source().address(), shape.sourceSpan());
            check(shape.destination().address(), shape.destinationSpan());
            shape.copy();
        } finally {
            inUse.unlock();
        }
    }

    /** Whether the sides that lie on a device are memory there now. */
    boolean possible() {
        return possible(shape.source().address(), shape.sourceSpan())
                && possible(shape.destination().address(), shape.destinationSpan());
    }

    private boolean possible(long address, long bytes) {
        return machine.space().contains(address) ? machine.isDeviceRange(address, bytes) : address != 0;
    }

    private void check(long address, long bytes) throws DeviceFault {
        if (machine.space().contains(address) && !machine.space().accessible(address, bytes)) {
            throw new DeviceFault(
                    CudaResult.ILLEGAL_ADDRESS,
                    "a copy of " + bytes + " bytes at 0x" + Long.toHexString(address) + ", which was freed before it");
        }
    }

    @Override
    public boolean brief() {
        return shape.sourceSpan() <= BRIEF_BYTES;
    }

    @Override
    public NodeType nodeType() {
        return NodeType.MEMCPY;
    }
}
