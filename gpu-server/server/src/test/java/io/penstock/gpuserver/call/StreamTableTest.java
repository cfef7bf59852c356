package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which streams a wait for a context waits for. */
final class StreamTableTest {
    private static final long CONTEXT = 100;
    private static final long OTHER = 200;
    private static final long LEGACY = 0;

    private final StreamTable streams = new StreamTable();

    @Test
    void streamsThatNobodyNamedAreNotWaitedFor() {
        streams.add(CONTEXT, 11);
        streams.add(CONTEXT, 12);
        streams.used(12);
        assertThat(streams.mark(CONTEXT).streams()).containsExactlyInAnyOrder(12, LEGACY);
    }

    @Test
    void streamsOfOtherContextsAreNotWaitedFor() {
        streams.add(CONTEXT, 11);
        streams.add(OTHER, 21);
        streams.used(11);
        streams.used(21);
        assertThat(streams.mark(CONTEXT).streams()).containsExactlyInAnyOrder(11, LEGACY);
        assertThat(streams.mark(OTHER).streams()).containsExactlyInAnyOrder(21, LEGACY);
    }

    @Test
    void aStreamIsWaitedForUntilAMarkHasPassed() {
        streams.add(CONTEXT, 11);
        streams.used(11);
        StreamTable.Mark first = streams.mark(CONTEXT);
        assertThat(streams.mark(CONTEXT).streams()).containsExactlyInAnyOrder(11, LEGACY);
        streams.passed(first);
        assertThat(streams.mark(CONTEXT).streams()).containsExactly(LEGACY);
    }

    @Test
    void whatWasNamedAfterTheMarkIsStillWaitedFor() {
        streams.add(CONTEXT, 11);
        streams.used(11);
        StreamTable.Mark mark = streams.mark(CONTEXT);
        streams.used(11);
        streams.passed(mark);
        assertThat(streams.mark(CONTEXT).streams()).containsExactlyInAnyOrder(11, LEGACY);
    }

    @Test
    void aCapturingStreamIsLeftOutAndComesBack() {
        streams.add(CONTEXT, 11);
        streams.used(11);
        streams.setCapturing(11, true);
        StreamTable.Mark without = streams.mark(CONTEXT);
        assertThat(without.streams()).containsExactly(LEGACY);
        streams.setCapturing(11, false);
        streams.passed(without);
        assertThat(streams.mark(CONTEXT).streams()).containsExactlyInAnyOrder(11, LEGACY);
    }

    @Test
    void whatEndedIsForgotten() {
        streams.add(CONTEXT, 11);
        streams.add(CONTEXT, 12);
        streams.used(11);
        streams.used(12);
        streams.remove(11);
        assertThat(streams.mark(CONTEXT).streams()).containsExactlyInAnyOrder(12, LEGACY);
        streams.contextGone(CONTEXT);
        streams.add(CONTEXT, 12);
        assertThat(streams.mark(CONTEXT).streams()).containsExactly(LEGACY);
    }
}
