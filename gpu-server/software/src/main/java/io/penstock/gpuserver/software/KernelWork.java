package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;

/** One launch with its parameters as they were at the call. */
record KernelWork(Function function, LaunchShape shape, MemorySegment parameters) implements Work {
    @Override
    public void run() throws DeviceFault {
        Context context = function.module().context();
        Machine machine = context.device().machine();
        Lock inUse = machine.memoryInUse().readLock();
        inUse.lock();
        try {
            function.kernel().launch(shape, parameters, machine, context);
        } catch (PtxFault fault) {
            throw new DeviceFault(fault.kind().cudaResult(), function.kernel().name() + ": " + fault.getMessage());
        } finally {
            inUse.unlock();
        }
    }

    @Override
    public boolean brief() {
        return false;
    }

    @Override
    public NodeType nodeType() {
        return NodeType.KERNEL;
    }
}
