package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * 32 threads that execute together, and what generated code asks of them.
 *
 * <p>Owned by the thread that runs its block; reused for one block after another.
 */
public final class Warp {
    /** Threads in a warp. */
    public static final int LANES = 32;

    private static final int BRANCHES_PER_TURN = 2048;

    /** Turns that some lanes may take in one place while others of their strand wait for them to come out. */
    private static final int TURNS_ALONE = 64;

    /** Failures to take a lock, one after another, until others get their turn. */
    private static final int FAILURES_PER_TURN = 64;

    /** Ordered loads, which may watch for what others do, until those get their turn. */
    private static final int WATCHES_PER_TURN = 256;

    /** Native addresses of the access under way, checked; see {@link Addresses}. */
    final long[] raw = new long[LANES];

    private final long[] wide = new long[LANES];
    private final int[][] specials = new int[SpecialRegister.values().length][];
    private final ThreadBlock block;
    private final Frame kernelFrame;
    private final LocalMemory local;
    private final Exchange exchange = new Exchange();
    private final Rendezvous rendezvous = new Rendezvous();
    private final Deque<Strand> others = new ArrayDeque<>();
    private final Strand whole;
    private Strand strand;

    /** Whether the warp has been more than one strand since it began; as long as it has not, nobody is in the tables above. */
    private boolean parted;

    private int live;
    private int branches;
    private int failures;
    private int watches;
    private boolean watching;

    // what the scheduler of the block knows of this warp
    boolean waiting;
    int barrier;
    int barrierResult;

    Warp(ThreadBlock block, ProgramFunction kernel, int index) {
        this.block = block;
        for (SpecialRegister register : SpecialRegister.values()) {
            specials[register.row()] = new int[LANES];
        }
        SpecialValues.fillFixed(specials, block.launch(), index);
        kernelFrame = new Frame(kernel, specials);
        whole = new Strand(kernelFrame, 0, 0, 0);
        strand = whole;
        local = new LocalMemory(block);
        reserveLocal(kernel.shape().frameBytes());
    }

    /** Starts the kernel anew, for the lanes that exist. */
    void start(int lanes, int blockX, int blockY, int blockZ) {
        SpecialValues.fillBlock(specials, blockX, blockY, blockZ);
        kernelFrame.start(lanes, null, null, 0);
        whole.begin(kernelFrame, lanes);
        strand = whole;
        if (parted) {
            others.clear();
            rendezvous.clear();
            parted = false;
        }
        live = lanes;
        failures = 0;
        waiting = false;
    }

    /** Runs until the warp has ended or must wait: {@link FunctionCode#RETURNED}, BARRIER or YIELDED. */
    int run() {
        branches = BRANCHES_PER_TURN;
        watches = 0;
        watching = false;
        while (true) {
            int stopped = runStrand();
            if (stopped == FunctionCode.YIELDED) {
                endTurn();
                return stopped;
            }
            if (stopped == FunctionCode.BARRIER || !parted) {
                return stopped;
            }
            Strand next = others.pollFirst();
            if (next != null) {
                strand = next;
                failures = 0;
            } else if (rendezvous.isEmpty()) {
                return FunctionCode.RETURNED;
            } else {
                throw fault(
                        PtxFault.Kind.LAUNCH_TIMEOUT,
                        "lanes of a warp wait for others that never come: " + rendezvous.describe(live));
            }
            if (waiting) {
                return FunctionCode.BARRIER;
            }
        }
    }

    /** Until the strand has ended or must wait. */
    private int runStrand() {
        while (true) {
            Frame top = strand.top;
            if (top == null) {
                return FunctionCode.RETURNED;
            }
            FunctionCode code = top.function.code();
            int next = top.resume;
            while (next >= 0) {
                next = code.run(this, top, next);
            }
            if (next == FunctionCode.RETURNED) {
                returnFrom(strand, top);
            } else if (next != FunctionCode.CALLED && next != FunctionCode.AGAIN) {
                return next;
            }
        }
    }

    /** The turn is over: lanes that wait behind others may have to go first, and every strand has its turn. */
    private void endTurn() {
        boolean stuck = strand.keepsOthersWaiting(TURNS_ALONE);
        watching = failures >= FAILURES_PER_TURN || watches >= WATCHES_PER_TURN;
        if (stuck || (watching && strand.parted())) {
            parted = true;
            int turning = strand.running().mask;
            others.addLast(strand.fork(turning));
            shed(turning);
        } else if (parted && !others.isEmpty()) {
            others.addLast(strand);
            strand = others.removeFirst();
        }
        failures = 0;
    }

    /** Lanes are no longer the running strand's; it goes on with the others, if there are any. */
    private void shed(int lanes) {
        strand.lanes &= ~lanes;
        Frame top = strand.running();
        int next = top.leave(lanes, top.resume);
        if (next == FunctionCode.RETURNED) {
            returnFrom(strand, top);
        } else {
            top.resume = next;
        }
    }

    private void returnFrom(Strand from, Frame top) {
        Frame caller = top.caller;
        from.top = caller;
        from.depth--;
        from.stackBytes -= caller == null ? 0 : top.function.stackBytes();
        if (caller == null) {
            return;
        }
        CallSite site = top.site;
        if (site != null) {
            local.copy(
                    caller.mask & from.lanes, top.localBase, top.function.results(), caller.localBase, site.results());
        }
        int next = from.lanes == -1 ? caller.resume : caller.forget(~from.lanes);
        if (next == FunctionCode.RETURNED) {
            returnFrom(from, caller);
        } else {
            caller.resume = next;
        }
    }

    /**
     * Lanes come to an instruction that they execute together with others of their warp. Where all are here they do it and go
     * on; the others wait as strands of their own, and whoever was awaited by them goes on with them.
     *
     * @return 0 to go on at once with the same lanes, else why not
     */
    public int collective(Frame top, int number) {
        CollectiveSite site = top.function.collective(number);
        int mask = top.mask;
        int[] key = top.words[site.key()];
        if (mask == live && (site.sameKey() || same(mask, key, Integer.numberOfTrailingZeros(mask)) == mask)) {
            return perform(top, site, mask, key[Integer.numberOfTrailingZeros(mask)]);
        }
        return meet(top, site, key);
    }

    private int perform(Frame top, CollectiveSite site, int mask, int key) {
        BarrierVote.Kind vote = site.kind().voteKind();
        if (vote == null) {
            exchange.perform(top, site, mask);
            return 0;
        }
        int yes = site.said() < 0 ? 0 : top.predicates[site.said()] & mask;
        return comeToBarrier(
                top, site, key, vote == BarrierVote.Kind.NONE ? BarrierVote.NONE : new BarrierVote(vote, mask, yes));
    }

    private int meet(Frame top, CollectiveSite site, int[] key) {
        List<Strand> released = new ArrayList<>();
        List<Arrival> early = new ArrayList<>();
        int result = 0;
        for (int left = top.mask; left != 0; ) {
            int lane = Integer.numberOfTrailingZeros(left);
            int group = same(left, key, lane);
            left &= ~group;
            Arrival arrival = new Arrival(strand, top, site, key[lane], group);
            if ((arrival.awaited(live) & ~group) == 0) {
                result = Math.min(result, perform(top, site, group, key[lane]));
                continue;
            }
            List<Arrival> together = rendezvous.completedBy(arrival, live);
            if (together.isEmpty()) {
                early.add(arrival);
            } else {
                result = Math.min(result, finish(together));
                together.subList(1, together.size()).forEach(waited -> released.add(waited.strand()));
            }
        }
        if (early.isEmpty() && released.isEmpty()) {
            return result;
        }
        early.forEach(this::await);
        for (Strand freed : released) {
            if (strand.top == null || !strand.absorb(freed)) {
                queue(freed);
            }
        }
        return result != 0 ? result : strand.top == null ? FunctionCode.AWAITING : FunctionCode.AGAIN;
    }

    /** Lanes of the running strand wait as one of their own. */
    private void await(Arrival arrival) {
        parted = true;
        Strand apart = strand.fork(arrival.lanes());
        rendezvous.add(new Arrival(apart, apart.running(), arrival.site(), arrival.key(), arrival.lanes()));
        shed(arrival.lanes());
    }

    /** A strand that has waited goes on, together with another one where both are at the same place. */
    private void queue(Strand freed) {
        if (others.stream().noneMatch(other -> other.absorb(freed))) {
            others.addLast(freed);
        }
    }

    private int finish(List<Arrival> together) {
        Arrival first = together.get(0);
        BarrierVote.Kind vote = first.site().kind().voteKind();
        if (vote == null) {
            exchange.perform(together);
            return 0;
        }
        int lanes = 0;
        int yes = 0;
        for (Arrival arrival : together) {
            lanes |= arrival.lanes();
            int said = arrival.site().said();
            yes |= said < 0 ? 0 : arrival.frame().predicates[said] & arrival.lanes();
        }
        return comeToBarrier(first.frame(), first.site(), first.key(), new BarrierVote(vote, lanes, yes));
    }

    /** All lanes of the warp are at a barrier of the block; BARRIER if they must wait there. */
    private int comeToBarrier(Frame frame, CollectiveSite site, int number, BarrierVote vote) {
        int threads = site.first() < 0 ? 0 : frame.words[site.first()][Integer.numberOfTrailingZeros(frame.mask)];
        boolean waits = site.kind().waits();
        return block.arrive(this, number, threads, waits, vote) || !waits ? 0 : FunctionCode.BARRIER;
    }

    private static int same(int lanes, int[] key, int lane) {
        int same = 0;
        for (int i = 0; i < LANES; i++) {
            same |= key[i] == key[lane] ? 1 << i : 0;
        }
        return same & lanes;
    }

    /** Calls a function for the active lanes; the frame's {@code resume} is where the caller goes on. */
    public int call(Frame caller, int function, int callSite, int lanes) {
        ProgramFunction callee = block.program().function(function);
        strand.depth++;
        long stack = strand.stackBytes += callee.stackBytes();
        if (stack > block.stackBytesMax()) {
            throw fault(
                    PtxFault.Kind.STACK_OVERFLOW,
                    "calls take " + stack + " bytes of stack, CU_LIMIT_STACK_SIZE and the module's functions allow "
                            + block.stackBytesMax());
        }
        Frame spare = caller.spare;
        Frame made = spare != null && spare.function == callee ? spare : new Frame(callee, specials);
        caller.spare = made;
        CallSite site = caller.function.shape().calls().get(callSite);
        long base = caller.stackEnd(lanes);
        reserveLocal(base + callee.shape().frameBytes());
        made.start(lanes, caller, site, base);
        local.copy(lanes, caller.localBase, site.arguments(), base, callee.params());
        strand.top = made;
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

    /** What the last barrier's vote gave. */
    public int barrierResult() {
        return barrierResult;
    }

    /** Lanes end: they leave the running function and every caller. */
    public int exit(Frame top, int lanes, int next) {
        live &= ~lanes;
        strand.lanes &= ~lanes;
        while (parted && !rendezvous.isEmpty()) {
            List<Arrival> together = rendezvous.completedByLoss(live);
            if (together.isEmpty()) {
                break;
            }
            finish(together);
            together.forEach(arrival -> queue(arrival.strand()));
        }
        return top.leave(lanes, next);
    }

    /** Lanes have tried to take a lock: those that fail again and again must let the others go on. */
    void tried(boolean taken) {
        failures = taken ? 0 : failures + 1;
        if (failures >= FAILURES_PER_TURN) {
            branches = 0;
        }
    }

    /** Lanes have read what others may be about to write. */
    public void watched() {
        if (++watches >= WATCHES_PER_TURN) {
            branches = 0;
        }
    }

    /** Whether the last turn ended because lanes tried or looked again and again, or slept. */
    boolean watches() {
        return watching;
    }

    /** Lanes sleep: the others have their turn. */
    public void sleep() {
        failures = FAILURES_PER_TURN;
        branches = 0;
    }

    /** Executes a matrix instruction, for which the whole warp has met. */
    public void matrix(Frame top, int number) {
        whole(top.mask);
        switch (top.function.shape().matrices().get(number)) {
            case MatrixSite.Product product -> Matrix.multiply(top, product);
            case MatrixSite.Tile tile -> Matrix.move(this, top, tile);
        }
    }

    /** {@code ldmatrix} from the addresses found. */
    public void loadMatrices(int[][] to, boolean transposed) {
        Matrix.load(this, to, transposed);
    }

    /** {@code movmatrix}. */
    public void transpose(int[] to, int[] from) {
        Matrix.transpose(to, from);
    }

    /** Faults unless these are all the lanes that the warp has still and it has 32. */
    public void whole(int mask) {
        if (mask != -1) {
            throw fault(
                    PtxFault.Kind.ILLEGAL_INSTRUCTION,
                    String.format(Locale.ROOT, "an instruction of a whole warp is executed by lanes 0x%x alone", mask));
        }
    }

    /** True once in a while, at branches backwards: the warp must let others run. */
    public boolean spent() {
        return --branches < 0;
    }

    /** Addresses of 32 bits as the 64 that every access takes. */
    public long[] widen(int[] addresses, int offset) {
        for (int i = 0; i < LANES; i++) {
            wide[i] = Integer.toUnsignedLong(addresses[i] + offset);
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
        return local.stride();
    }

    int tid(int axis, int lane) {
        return specials[SpecialRegister.TID_X.row() + axis][lane];
    }

    int ctaid(int axis) {
        return specials[SpecialRegister.CTAID_X.row() + axis][0];
    }

    PtxFault fault(PtxFault.Kind kind, String reason) {
        Frame running = strand.top;
        String where = running == null ? "" : " in " + running.function.shape().name();
        return new PtxFault(kind, reason + where);
    }

    PtxFault fault(PtxFault.Kind kind, int lane, String reason) {
        return fault(
                kind,
                reason + ", thread (" + tid(0, lane) + "," + tid(1, lane) + "," + tid(2, lane) + ") of block ("
                        + ctaid(0) + "," + ctaid(1) + "," + ctaid(2) + ")");
    }

    void reserveLocal(long bytes) {
        if (bytes > LocalMemory.BYTES_MAX) {
            throw fault(
                    PtxFault.Kind.ILLEGAL_ADDRESS,
                    "a thread needs " + bytes + " bytes of local memory, the limit is " + LocalMemory.BYTES_MAX);
        }
        local.reserve(bytes);
    }
}
