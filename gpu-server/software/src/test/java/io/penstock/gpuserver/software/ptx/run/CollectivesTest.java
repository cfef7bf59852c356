package io.penstock.gpuserver.software.ptx.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** What the PTX manual says of shuffles and matches, on lanes whose value tells where it came from. */
final class CollectivesTest {
    private static final int ALL = -1;
    /** The packed operand of a shuffle over the whole warp: down, butterfly and index; up. */
    private static final int WHOLE = 31;

    private static final int WHOLE_UP = 0;
    /** Of one within segments of eight lanes. */
    private static final int EIGHTS = 24 << 8 | 31;

    private static final int EIGHTS_UP = 24 << 8;

    private final int[] lanes = lanes(lane -> 100 + lane);
    private final int[] to = new int[Warp.LANES];

    private static int[] lanes(IntUnaryOperator value) {
        int[] values = new int[Warp.LANES];
        Arrays.setAll(values, value);
        return values;
    }

    private static int[] each(int value) {
        return lanes(lane -> value);
    }

    /** The mask of lanes for which something holds. */
    private static int where(IntPredicate holds) {
        int mask = 0;
        for (int lane = 0; lane < Warp.LANES; lane++) {
            mask |= holds.test(lane) ? 1 << lane : 0;
        }
        return mask;
    }

    @Test
    void upTakesFromALowerLaneOfTheSegment() {
        assertThat(Collectives.shuffleUp(ALL, to, lanes, each(3), each(WHOLE_UP)))
                .isEqualTo(where(lane -> lane >= 3));
        assertThat(to).isEqualTo(lanes(lane -> 100 + (lane >= 3 ? lane - 3 : lane)));
        assertThat(Collectives.shuffleUp(ALL, to, lanes, each(3), each(EIGHTS_UP)))
                .isEqualTo(where(lane -> lane % 8 >= 3));
        assertThat(to).isEqualTo(lanes(lane -> 100 + (lane % 8 >= 3 ? lane - 3 : lane)));
    }

    @Test
    void downTakesFromAHigherLaneOfTheSegment() {
        assertThat(Collectives.shuffleDown(ALL, to, lanes, each(3), each(WHOLE)))
                .isEqualTo(where(lane -> lane < 29));
        assertThat(to).isEqualTo(lanes(lane -> 100 + (lane < 29 ? lane + 3 : lane)));
        assertThat(Collectives.shuffleDown(ALL, to, lanes, each(3), each(EIGHTS)))
                .isEqualTo(where(lane -> lane % 8 < 5));
        assertThat(to).isEqualTo(lanes(lane -> 100 + (lane % 8 < 5 ? lane + 3 : lane)));
    }

    @Test
    void butterflyChangesBitsOfTheLane() {
        assertThat(Collectives.shuffleButterfly(ALL, to, lanes, each(5), each(WHOLE)))
                .isEqualTo(ALL);
        assertThat(to).isEqualTo(lanes(lane -> 100 + (lane ^ 5)));
        // a lane of an earlier segment may be read, one of a later may not
        assertThat(Collectives.shuffleButterfly(ALL, to, lanes, each(8), each(EIGHTS)))
                .isEqualTo(where(lane -> (lane & 8) != 0));
    }

    @Test
    void indexCountsWithinTheSegment() {
        assertThat(Collectives.shuffleIndex(ALL, to, lanes, each(35), each(WHOLE)))
                .isEqualTo(ALL);
        assertThat(to).isEqualTo(each(103));
        Collectives.shuffleIndex(ALL, to, lanes, each(3), each(EIGHTS));
        assertThat(to).isEqualTo(lanes(lane -> 100 + lane / 8 * 8 + 3));
    }

    @Test
    void laneThatIsNotActiveGivesAndTakesNothing() {
        int even = where(lane -> lane % 2 == 0);
        Arrays.fill(to, 7);
        Collectives.shuffleDown(even, to, lanes, each(1), each(WHOLE));
        assertThat(to).isEqualTo(lanes(lane -> lane % 2 == 0 ? 100 + lane : 7));
    }

    @Test
    void matchesFindLanesWithTheSameValue() {
        int[] thirds = lanes(lane -> lane % 3 - 1);
        Collectives.matchAny(ALL, to, thirds);
        assertThat(to).isEqualTo(lanes(lane -> where(other -> other % 3 == lane % 3)));
        long[] wide =
                Arrays.stream(thirds).asLongStream().map(value -> value << 40).toArray();
        int[] same = to.clone();
        Collectives.matchAny(ALL, to, wide);
        assertThat(to).isEqualTo(same);
        int multiples = where(lane -> lane % 3 == 0);
        assertThat(Collectives.matchAll(multiples, thirds)).isEqualTo(multiples);
        assertThat(Collectives.matchAll(multiples, wide)).isEqualTo(multiples);
        assertThat(Collectives.matchAll(ALL, thirds)).isZero();
        assertThat(Collectives.matchAll(ALL, wide)).isZero();
    }
}
