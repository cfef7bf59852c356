package io.penstock.gpuserver.software.ptx.run;

import org.jspecify.annotations.Nullable;

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
    BARRIER_SYNC(BarrierVote.Kind.NONE),
    BARRIER_ARRIVE(BarrierVote.Kind.NONE),
    BARRIER_POPC(BarrierVote.Kind.POPC),
    BARRIER_AND(BarrierVote.Kind.AND),
    BARRIER_OR(BarrierVote.Kind.OR);

    private final BarrierVote.@Nullable Kind vote;

    Collective() {
        vote = null;
    }

    Collective(BarrierVote.Kind vote) {
        this.vote = vote;
    }

    /** Whether it is a barrier of the block, to which a warp comes with all its lanes. */
    boolean barrier() {
        return vote != null;
    }

    /** Whether who has come to the block's barrier waits there. */
    boolean waits() {
        return this != BARRIER_ARRIVE;
    }

    /** How the votes at the barrier are combined; null for what is no barrier. */
    BarrierVote.@Nullable Kind voteKind() {
        return vote;
    }
}
