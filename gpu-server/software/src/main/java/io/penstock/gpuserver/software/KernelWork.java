package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;

/** One launch with its parameters as they were at the call. */
record KernelWork(Function function, LaunchShape shape, MemorySegment block) implements Work {
    /** Room for a parameter block and, behind it, the pointers to its parameters that a program may ask back. */
    static MemorySegment blockFor(Function function) {
        int count = function.kernel().params().size();
        return Arena.ofAuto().allocate(pointersOffset(function) + 8L * count, 16);
    }

    private static long pointersOffset(Function function) {
        return (function.parameterBytes() + 15L) & -16L;
    }

    /** The same launch, cooperative or not. */
    KernelWork cooperative(boolean wanted) {
        LaunchShape other = new LaunchShape(
                shape.gridX(),
                shape.gridY(),
                shape.gridZ(),
                shape.blockX(),
                shape.blockY(),
                shape.blockZ(),
                shape.dynamicSharedBytes(),
                wanted);
        return wanted == shape.cooperative() ? this : new KernelWork(function, other, block);
    }

    /** The packed parameters. */
    MemorySegment parameters() {
        return block.asSlice(0, function.parameterBytes());
    }

    MemorySegment pointers() {
        return block.asSlice(pointersOffset(function));
    }

    @Override
    public void run() throws DeviceFault {
        Context context = function.module().context();
        Machine machine = context.device().machine();
        Lock inUse = machine.memoryInUse().readLock();
        inUse.lock();
        try {
            int resident = Occupancy.blocks(function, shape.threadsPerBlock(), shape.dynamicSharedBytes());
            function.kernel().launch(shape, parameters(), resident, context, context);
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
