package io.penstock.gpuserver.software.ptx.run;

import org.jspecify.annotations.Nullable;

/**
 * Lanes of a warp that go their way together: a chain of frames with what each of them has still before it.
 *
 * <p>A warp is one strand. It becomes two where some lanes must wait for others of the warp, or turn in a loop that only
 * others can end; the registers stay where they are, each lane's in its own column. Strands that are found at one place
 * become one again. Owned by the thread that runs the block.
 */
final class Strand {
    /** The frame of the running function; null when the strand has ended. */
    @Nullable
    Frame top;

    /** The lanes that are in it, running or waiting in one of its frames. */
    int lanes;

    /** How deep its calls nest. */
    int depth;

    /** What its calls take of each thread's stack. */
    long stackBytes;

    private int turns;
    private int turning;

    Strand(Frame top, int lanes, int depth, long stackBytes) {
        this.top = top;
        this.lanes = lanes;
        this.depth = depth;
        this.stackBytes = stackBytes;
    }

    /** Starts anew. */
    void begin(Frame frame, int of) {
        top = frame;
        lanes = of;
        depth = 0;
        stackBytes = 0;
        turns = 0;
        turning = 0;
    }

    /** The running lanes as a strand of their own; {@code shed} must take them from this one. */
    Strand fork(int of) {
        return new Strand(forked(running(), of), of, depth, stackBytes);
    }

    private static Frame forked(Frame frame, int of) {
        Frame made = frame.fork(of);
        Frame caller = frame.caller;
        made.caller = caller == null ? null : forked(caller, of);
        return made;
    }

    Frame running() {
        Frame running = top;
        if (running == null) {
            throw new IllegalStateException("the strand has ended");
        }
        return running;
    }

    /** True if the running lanes have now taken so many turns while others of the strand waited for them. */
    boolean keepsOthersWaiting(int patience) {
        int mask = running().mask;
        if (mask == lanes || mask != turning) {
            turning = mask;
            turns = 0;
            return false;
        }
        return ++turns >= patience;
    }

    /** Whether lanes of the strand wait for those that run. */
    boolean parted() {
        return running().mask != lanes;
    }

    /** Takes in a strand that is at the very same place, in the same frames; false if it is not. */
    boolean absorb(Strand other) {
        if (depth != other.depth) {
            return false;
        }
        Frame mine = top;
        Frame others = other.top;
        for (; mine != null && others != null; mine = mine.caller, others = others.caller) {
            if (!mine.isAt(others, lanes, other.lanes)) {
                return false;
            }
        }
        if (mine != null || others != null) {
            return false;
        }
        others = other.top;
        for (mine = top; mine != null && others != null; mine = mine.caller, others = others.caller) {
            mine.absorb(others, lanes, other.lanes);
        }
        lanes |= other.lanes;
        return true;
    }
}
