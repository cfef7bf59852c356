package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * 32 threads that execute together, and what generated code asks of them.
 *
 * <p>Owned by the thread that runs its block; reused for one block after another.
 */
public final class Warp {
    /** Threads in a warp. */
    public static final int LANES = 32;

    private static final int CALL_DEPTH_MAX = 1024;
    private static final long LOCAL_BYTES_MAX = 512 << 10;
    private static final int BRANCHES_PER_TURN = 2048;

    /** Native addresses of the access under way, checked; see {@link Addresses}. */
    final long[] raw = new long[LANES];

    private final long[] wide = new long[LANES];
    private final int[][] specials = new int[SpecialRegister.values().length][];
    private final ThreadBlock block;
    private final Frame kernelFrame;
    private @Nullable Frame frame;
    private int exited;
    private int branches;
    private int depth;
    private MemorySegment local = MemorySegment.NULL;
    private long localStride;

    // what the scheduler of the block knows of this warp
    boolean waiting;
    int barrier;
    int barrierResult;

    Warp(ThreadBlock block, ProgramFunction kernel, int index) {
        this.block = block;
        for (SpecialRegister register : SpecialRegister.values()) {
            specials[register.row()] = new int[LANES];
        }
        SpecialValues.fillFixed(specials, block.shape(), index, block.sharedBytes());
        kernelFrame = new Frame(kernel, specials);
        reserveLocal(kernel.shape().frameBytes());
    }

    /** Starts the kernel anew, for the lanes that exist. */
    void start(int lanes, int blockX, int blockY, int blockZ) {
        SpecialValues.fillBlock(specials, blockX, blockY, blockZ);
        kernelFrame.start(lanes, null, null, 0);
        frame = kernelFrame;
        exited = 0;
        depth = 0;
        waiting = false;
    }

    /** Runs until the warp has ended or must wait: {@link FunctionCode#RETURNED}, BARRIER or YIELDED. */
    int run() {
        branches = BRANCHES_PER_TURN;
        while (frame != null) {
            Frame top = frame;
            FunctionCode code = top.function.code();
            int next = top.resume;
            while (next >= 0) {
                next = code.run(this, top, next);
            }
            if (next == FunctionCode.RETURNED) {
                returnFrom(top);
            } else if (next != FunctionCode.CALLED) {
                return next;
            }
        }
        return FunctionCode.RETURNED;
    }

    private void returnFrom(Frame top) {
        Frame caller = top.caller;
        frame = caller;
        depth--;
        if (caller == null) {
            return;
        }
        CallSite site = top.site;
        if (site != null) {
            copy(caller.mask & ~exited, top.localBase, top.function.results(), caller.localBase, site.results());
        }
        int next = exited == 0 ? caller.resume : caller.forget(exited);
        if (next == FunctionCode.RETURNED) {
            returnFrom(caller);
        } else {
            caller.resume = next;
        }
    }

    /** Calls a function for the active lanes; the frame's {@code resume} is where the caller goes on. */
    public int call(Frame caller, int function, int callSite, int lanes) {
        ProgramFunction callee = block.program().function(function);
        if (++depth > CALL_DEPTH_MAX) {
            throw fault(PtxFault.Kind.ILLEGAL_ADDRESS, "calls nest deeper than " + CALL_DEPTH_MAX);
        }
        Frame spare = caller.spare;
        Frame made = spare != null && spare.function == callee ? spare : new Frame(callee, specials);
        caller.spare = made;
        CallSite site = caller.function.shape().calls().get(callSite);
        long base = caller.localBase + caller.function.shape().frameBytes();
        reserveLocal(base + callee.shape().frameBytes());
        made.start(lanes, caller, site, base);
        copy(lanes, caller.localBase, site.arguments(), base, callee.params());
        frame = made;
        return FunctionCode.CALLED;
    }

    /**
     * Calls the function whose address the active lanes hold. Where they differ, those of the first one call now and the
     * others come back to this block; all meet at the next.
     */
    public int callIndirect(Frame caller, long[] targets, int callSite, int block) {
        int mask = caller.mask;
        long target = targets[Integer.numberOfTrailingZeros(mask)];
        int same = 0;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            same |= targets[lane] == target ? 1 << lane : 0;
        }
        int function = block().program().functionAt(target);
        if (function < 0) {
            throw fault(PtxFault.Kind.INVALID_PC, "a call of 0x" + Long.toHexString(target) + ", which is no function");
        }
        if (same != mask) {
            caller.partForCall(same, block, block + 1);
        }
        return call(caller, function, callSite, same);
    }

    /** The warp comes to a barrier; BARRIER if it must wait there, else 0. A null count means the whole block. */
    public int arrive(int mask, int[] number, int @Nullable [] threads, boolean waits) {
        int lane = Integer.numberOfTrailingZeros(mask);
        int count = threads == null ? 0 : threads[lane];
        boolean released = block.arrive(this, number[lane], count, waits, BarrierVote.NONE);
        return released || !waits ? 0 : FunctionCode.BARRIER;
    }

    /** As {@link #arrive} with a vote, whose outcome {@link #barrierResult} tells afterwards. */
    public int arriveVoting(int mask, int[] number, int @Nullable [] threads, BarrierVote.Kind kind, int yes) {
        int lane = Integer.numberOfTrailingZeros(mask);
        int count = threads == null ? 0 : threads[lane];
        boolean released = block.arrive(this, number[lane], count, true, new BarrierVote(kind, mask, mask & yes));
        return released ? 0 : FunctionCode.BARRIER;
    }

    /** What the last barrier's vote gave. */
    public int barrierResult() {
        return barrierResult;
    }

    private void copy(int lanes, long fromBase, List<CallSite.Slot> from, long toBase, List<CallSite.Slot> to) {
        int count = Math.min(from.size(), to.size());
        for (int i = 0; i < count; i++) {
            long size = Math.min(from.get(i).size(), to.get(i).size());
            for (int left = lanes; left != 0; left &= left - 1) {
                long start = Integer.numberOfTrailingZeros(left) * localStride;
                MemorySegment.copy(
                        local,
                        start + fromBase + from.get(i).offset(),
                        local,
                        start + toBase + to.get(i).offset(),
                        size);
            }
        }
    }

    /** Lanes end: they leave the running function and every caller. */
    public int exit(Frame top, int lanes, int next) {
        exited |= lanes;
        return top.leave(lanes, next);
    }

    /** True once in a while, at branches backwards: the warp must let others run. */
    public boolean spent() {
        return --branches < 0;
    }

    /** Addresses of 32 bits as the 64 that every access takes. */
    public long[] widen(int[] addresses) {
        for (int i = 0; i < LANES; i++) {
            wide[i] = Integer.toUnsignedLong(addresses[i]);
        }
        return wide;
    }

    ThreadBlock block() {
        return block;
    }

    long localAddress() {
        return local.address();
    }

    long localStride() {
        return localStride;
    }

    int tid(int axis, int lane) {
        return specials[SpecialRegister.TID_X.row() + axis][lane];
    }

    int ctaid(int axis) {
        return specials[SpecialRegister.CTAID_X.row() + axis][0];
    }

    PtxFault fault(PtxFault.Kind kind, String reason) {
        String where = frame == null ? "" : " in " + frame.function.shape().name();
        return new PtxFault(kind, reason + where);
    }

    PtxFault fault(PtxFault.Kind kind, int lane, String reason) {
        return fault(
                kind,
                reason + ", thread (" + tid(0, lane) + "," + tid(1, lane) + "," + tid(2, lane) + ") of block ("
                        + ctaid(0) + "," + ctaid(1) + "," + ctaid(2) + ")");
    }

    private void reserveLocal(long bytes) {
        if (bytes <= localStride) {
            return;
        }
        if (bytes > LOCAL_BYTES_MAX) {
            throw fault(
                    PtxFault.Kind.ILLEGAL_ADDRESS,
                    "a thread needs " + bytes + " bytes of local memory, the limit is " + LOCAL_BYTES_MAX);
        }
        long stride = Math.max(64, Long.highestOneBit(bytes - 1) << 1);
        MemorySegment larger = block.allocate(stride * LANES);
        for (int lane = 0; lane < LANES && localStride > 0; lane++) {
            MemorySegment.copy(local, lane * localStride, larger, lane * stride, localStride);
        }
        local = larger;
        localStride = stride;
    }
}
