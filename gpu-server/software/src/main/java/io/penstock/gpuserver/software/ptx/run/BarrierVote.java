package io.penstock.gpuserver.software.ptx.run;

/**
 * What a warp brings to a barrier.
 *
 * @param kind how the votes are combined
 * @param lanes who takes part
 * @param yes whose predicate is true, among them
 */
public record BarrierVote(Kind kind, int lanes, int yes) {
    static final BarrierVote NONE = new BarrierVote(Kind.NONE, 0, 0);

    /** How votes are combined. */
    public enum Kind {
        NONE,
        POPC,
        AND,
        OR
    }
}
