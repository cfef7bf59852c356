package io.penstock.gpuserver.software.ptx.run;

import java.util.List;

/** Operands of one collective, as its lanes bring them, and where its result goes. Reused; owned by its warp. */
final class Exchange {
    private static final int[] NONE = {};
    private static final long[] NONE_LONG = {};

    private final int[] result = new int[Warp.LANES];
    private int[] to = result;
    private int[] first = NONE;
    private int[] second = NONE;
    private int[] third = NONE;
    private long[] wide = NONE_LONG;
    private int said;

    /** Lanes of one frame, who are all that take part. */
    void perform(Frame frame, CollectiveSite site, int lanes) {
        to = site.to() < 0 ? result : frame.words[site.to()];
        point(frame, site);
        storePredicate(frame, site, lanes, apply(site.kind(), lanes));
    }

    /** Lanes that come from several places: what they bring is gathered, what they get is handed out. */
    void perform(List<Arrival> parts) {
        int lanes = 0;
        int[][] words = new int[3][Warp.LANES];
        long[] longs = new long[Warp.LANES];
        int yes = 0;
        for (Arrival part : parts) {
            point(part.frame(), part.site());
            for (int left = part.lanes(); left != 0; left &= left - 1) {
                int lane = Integer.numberOfTrailingZeros(left);
                words[0][lane] = first.length > 0 ? first[lane] : 0;
                words[1][lane] = second.length > 0 ? second[lane] : 0;
                words[2][lane] = third.length > 0 ? third[lane] : 0;
                longs[lane] = wide.length > 0 ? wide[lane] : 0;
            }
            yes |= said & part.lanes();
            lanes |= part.lanes();
        }
        to = result;
        first = words[0];
        second = words[1];
        third = words[2];
        wide = longs;
        said = yes;
        int predicate = apply(parts.get(0).site().kind(), lanes);
        for (Arrival part : parts) {
            CollectiveSite site = part.site();
            for (int left = site.to() < 0 ? 0 : part.lanes(); left != 0; left &= left - 1) {
                int lane = Integer.numberOfTrailingZeros(left);
                part.frame().words[site.to()][lane] = result[lane];
            }
            storePredicate(part.frame(), site, part.lanes(), predicate);
        }
    }

    private void point(Frame frame, CollectiveSite site) {
        boolean longs = site.kind() == Collective.MATCH_ANY_LONG || site.kind() == Collective.MATCH_ALL_LONG;
        wide = longs ? frame.longs[site.first()] : NONE_LONG;
        first = longs || site.first() < 0 ? NONE : frame.words[site.first()];
        second = site.second() < 0 ? NONE : frame.words[site.second()];
        third = site.third() < 0 ? NONE : frame.words[site.third()];
        said = site.said() < 0 ? 0 : frame.predicates[site.said()];
    }

    private static void storePredicate(Frame frame, CollectiveSite site, int lanes, int predicate) {
        if (site.toPredicate() >= 0) {
            int old = frame.predicates[site.toPredicate()];
            frame.predicates[site.toPredicate()] = (old & ~lanes) | (predicate & lanes);
        }
    }

    private int apply(Collective kind, int lanes) {
        return switch (kind) {
            case SHUFFLE_UP -> Collectives.shuffleUp(lanes, to, first, second, third);
            case SHUFFLE_DOWN -> Collectives.shuffleDown(lanes, to, first, second, third);
            case SHUFFLE_BUTTERFLY -> Collectives.shuffleButterfly(lanes, to, first, second, third);
            case SHUFFLE_INDEX -> Collectives.shuffleIndex(lanes, to, first, second, third);
            case VOTE_ALL -> Collectives.voteAll(lanes, said);
            case VOTE_ANY -> Collectives.voteAny(lanes, said);
            case VOTE_UNIFORM -> Collectives.voteUniform(lanes, said);
            case BALLOT -> give(lanes, lanes & said);
            case MATCH_ANY -> {
                Collectives.matchAny(lanes, to, first);
                yield 0;
            }
            case MATCH_ANY_LONG -> {
                Collectives.matchAny(lanes, to, wide);
                yield 0;
            }
            case MATCH_ALL -> give(lanes, Collectives.matchAll(lanes, first));
            case MATCH_ALL_LONG -> give(lanes, Collectives.matchAll(lanes, wide));
            case REDUCE_ADD -> reduce(lanes, Reduction.ADD);
            case REDUCE_AND -> reduce(lanes, Reduction.AND);
            case REDUCE_OR -> reduce(lanes, Reduction.OR);
            case REDUCE_XOR -> reduce(lanes, Reduction.XOR);
            case REDUCE_MIN_SIGNED -> reduce(lanes, Reduction.MIN_SIGNED);
            case REDUCE_MAX_SIGNED -> reduce(lanes, Reduction.MAX_SIGNED);
            case REDUCE_MIN_UNSIGNED -> reduce(lanes, Reduction.MIN_UNSIGNED);
            case REDUCE_MAX_UNSIGNED -> reduce(lanes, Reduction.MAX_UNSIGNED);
            case MEET, BARRIER_SYNC, BARRIER_ARRIVE, BARRIER_POPC, BARRIER_AND, BARRIER_OR -> 0;
        };
    }

    private int reduce(int lanes, Reduction reduction) {
        return give(lanes, Collectives.reduce(lanes, first, reduction));
    }

    private int give(int lanes, int value) {
        Uniform.fill(lanes, to, value);
        return value;
    }
}
