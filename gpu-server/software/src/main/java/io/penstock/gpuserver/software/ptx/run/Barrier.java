package io.penstock.gpuserver.software.ptx.run;

/** One of a block's barriers: who has arrived, and what they voted. */
final class Barrier {
    private int arrived;
    private int expected;
    private int count;
    private boolean all;
    private boolean any;
    private BarrierVote.Kind kind = BarrierVote.Kind.NONE;

    void reset() {
        arrived = 0;
        expected = 0;
        count = 0;
        all = true;
        any = false;
    }

    /** Another warp is here; 0 warps wanted means all of the block that still run. */
    void arrive(BarrierVote vote, int warpsWanted) {
        arrived++;
        expected = warpsWanted;
        count += Integer.bitCount(vote.yes());
        any |= vote.yes() != 0;
        all &= (vote.lanes() & ~vote.yes()) == 0;
        kind = vote.kind();
    }

    boolean completeFor(int runningWarps) {
        return arrived > 0 && arrived >= (expected == 0 ? runningWarps : expected);
    }

    int result() {
        return switch (kind) {
            case NONE -> 0;
            case POPC -> count;
            case AND -> all ? -1 : 0;
            case OR -> any ? -1 : 0;
        };
    }
}
