package io.penstock.gpuserver.software.ptx.run;

import java.util.Arrays;

/** What instructions compute in which lanes see each other; the mask is of those that have met. */
public final class Collectives {
    private Collectives() {}

    /** {@code shfl.sync.up}; the mask of lanes whose source is in range. */
    public static int shuffleUp(int mask, int[] to, int[] from, int[] delta, int[] clamp) {
        return shuffle(Shuffle.UP, mask, to, from, delta, clamp);
    }

    /** {@code shfl.sync.down}. */
    public static int shuffleDown(int mask, int[] to, int[] from, int[] delta, int[] clamp) {
        return shuffle(Shuffle.DOWN, mask, to, from, delta, clamp);
    }

    /** {@code shfl.sync.bfly}. */
    public static int shuffleButterfly(int mask, int[] to, int[] from, int[] bits, int[] clamp) {
        return shuffle(Shuffle.BUTTERFLY, mask, to, from, bits, clamp);
    }

    /** {@code shfl.sync.idx}. */
    public static int shuffleIndex(int mask, int[] to, int[] from, int[] index, int[] clamp) {
        return shuffle(Shuffle.INDEX, mask, to, from, index, clamp);
    }

    private static int shuffle(Shuffle how, int mask, int[] to, int[] from, int[] operand, int[] clamp) {
        int inRange = 0;
        int[] result = new int[Warp.LANES];
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            int source = how.source(lane, operand[lane] & 31, clamp[lane]);
            boolean valid = how.isInRange(source, lane, clamp[lane]);
            inRange |= valid ? 1 << lane : 0;
            result[lane] = pick(mask, from, lane, valid ? source : lane);
        }
        store(mask, to, result);
        return inRange;
    }

    /** From where a lane takes its value. */
    private enum Shuffle {
        UP,
        DOWN,
        BUTTERFLY,
        INDEX;

        int source(int lane, int operand, int clamp) {
            return switch (this) {
                case UP -> lane - operand;
                case DOWN -> lane + operand;
                case BUTTERFLY -> lane ^ operand;
                case INDEX -> Segment.first(lane, clamp) | (operand & ~Segment.bits(clamp));
            };
        }

        /** The clamp is the lowest lane for one that looks up, the highest for the others. */
        boolean isInRange(int source, int lane, int clamp) {
            int last = Segment.last(lane, clamp);
            return this == UP ? source >= last : source <= last;
        }
    }

    /** {@code match.any.sync} of words: for each lane the lanes with the same value. */
    public static void matchAny(int mask, int[] to, int[] values) {
        matchAny(mask, to, widened(values));
    }

    /** {@code match.any.sync} of doublewords. */
    public static void matchAny(int mask, int[] to, long[] values) {
        int[] result = new int[Warp.LANES];
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            for (int others = mask; others != 0; others &= others - 1) {
                int other = Integer.numberOfTrailingZeros(others);
                result[lane] |= values[lane] == values[other] ? 1 << other : 0;
            }
        }
        store(mask, to, result);
    }

    /** {@code match.all.sync}: the active mask if all lanes have one value, else 0. */
    public static int matchAll(int mask, int[] values) {
        return matchAll(mask, widened(values));
    }

    /** {@code match.all.sync} of doublewords. */
    public static int matchAll(int mask, long[] values) {
        long first = mask == 0 ? 0 : values[Integer.numberOfTrailingZeros(mask)];
        for (int left = mask; left != 0; left &= left - 1) {
            if (values[Integer.numberOfTrailingZeros(left)] != first) {
                return 0;
            }
        }
        return mask;
    }

    /** {@code vote.all}: all active lanes or none. */
    public static int voteAll(int mask, int yes) {
        return (mask & ~yes) == 0 ? mask : 0;
    }

    /** {@code vote.any}. */
    public static int voteAny(int mask, int yes) {
        return (mask & yes) != 0 ? mask : 0;
    }

    /** {@code vote.uni}. */
    public static int voteUniform(int mask, int yes) {
        int said = mask & yes;
        return said == 0 || said == mask ? mask : 0;
    }

    /** {@code redux.sync}: one value over all active lanes. */
    public static int reduce(int mask, int[] values, Reduction reduction) {
        if (mask == 0) {
            return 0;
        }
        int result = values[Integer.numberOfTrailingZeros(mask)];
        for (int left = mask & (mask - 1); left != 0; left &= left - 1) {
            result = reduction.apply(result, values[Integer.numberOfTrailingZeros(left)]);
        }
        return result;
    }

    private static long[] widened(int[] values) {
        long[] wide = new long[values.length];
        Arrays.setAll(wide, lane -> values[lane]);
        return wide;
    }

    private static int pick(int mask, int[] from, int lane, int source) {
        return from[(mask >>> source & 1) != 0 ? source : lane];
    }

    private static void store(int mask, int[] to, int[] result) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = result[lane];
        }
    }

    /** The part of the warp that a shuffle stays in, as its packed operand says: a mask of bits 8–12, a clamp of 0–4. */
    private static final class Segment {
        static int bits(int packed) {
            return packed >>> 8 & 31;
        }

        static int first(int lane, int packed) {
            return lane & bits(packed);
        }

        static int last(int lane, int packed) {
            return (lane & bits(packed)) | (packed & 31 & ~bits(packed));
        }
    }
}
