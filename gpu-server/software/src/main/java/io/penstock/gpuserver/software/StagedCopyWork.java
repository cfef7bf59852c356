package io.penstock.gpuserver.software;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** A copy whose source was host memory that could change before its turn: it carries the bytes itself. */
record StagedCopyWork(CopyWork copy, MemorySegment bytes) implements Work {

    /** Reads the source now. */
    static StagedCopyWork of(Machine machine, CopyShape shape) {
        long width = shape.width();
        MemorySegment bytes = Arena.ofAuto().allocate(width * shape.height() * shape.depth(), 16);
        CopyShape.Side packed = new CopyShape.Side(bytes.address(), width, width * shape.height(), null);
        new CopyShape(shape.source(), packed, width, shape.height(), shape.depth()).copy();
        CopyShape later = new CopyShape(packed, shape.destination(), width, shape.height(), shape.depth());
        return new StagedCopyWork(new CopyWork(machine, later), bytes);
    }

    @Override
    public void run() throws DeviceFault {
        try {
            copy.run();
        } finally {
            Reference.reachabilityFence(bytes);
        }
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
