package io.penstock.gpuserver.software.ptx.run;

/** What lanes of a warp do together: lanes that name each other wait until all of them have come. */
public enum Collective {
    SHUFFLE_UP,
    SHUFFLE_DOWN,
    SHUFFLE_BUTTERFLY,
    SHUFFLE_INDEX,
    VOTE_ALL,
    VOTE_ANY,
    VOTE_UNIFORM,
    BALLOT,
    MATCH_ANY,
    MATCH_ANY_LONG,
    MATCH_ALL,
    MATCH_ALL_LONG,
    REDUCE_ADD,
    REDUCE_AND,
    REDUCE_OR,
    REDUCE_XOR,
    REDUCE_MIN_SIGNED,
    REDUCE_MAX_SIGNED,
    REDUCE_MIN_UNSIGNED,
    REDUCE_MAX_UNSIGNED,
    /** Nothing but that the lanes have met. */
    MEET,
    BARRIER_SYNC,
    BARRIER_ARRIVE,
    BARRIER_POPC,
    BARRIER_AND,
    BARRIER_OR;

    /** Whether it is a barrier of the block, to which a warp comes with all its lanes. */
    boolean barrier() {
        return voteKind() != null;
    }

    /** Whether who has come to the block's barrier waits there. */
    boolean waits() {
        return this != BARRIER_ARRIVE;
    }

    /** How the votes at the barrier are combined; null for what is no barrier. */
    BarrierVote.@org.jspecify.annotations.Nullable Kind voteKind() {
        return switch (this) {
            case BARRIER_SYNC, BARRIER_ARRIVE -> BarrierVote.Kind.NONE;
            case BARRIER_POPC -> BarrierVote.Kind.POPC;
            case BARRIER_AND -> BarrierVote.Kind.AND;
            case BARRIER_OR -> BarrierVote.Kind.OR;
            default -> null;
        };
    }
}
