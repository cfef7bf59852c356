package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.protocol.codec.Limits;
import org.junit.jupiter.api.Test;

final class CallLedgerTest {
    private static final int CALL = 300;
    private static final int OTHER = 301;

    private final CallLedger ledger = new CallLedger();

    private CallCount only() {
        return ledger.counts(1, 0, 0).byCall().getFirst();
    }

    @Test
    void whatIsPostedIsCountedWithItsBytes() {
        ledger.posted(CALL, 40);
        ledger.posted(CALL, 48);
        assertThat(only().calls()).isEqualTo(2);
        assertThat(only().bytesUp()).isEqualTo(88);
        assertThat(only().waits()).isZero();
    }

    @Test
    void threadsThatWaitAtOnceAreToldApart() {
        ledger.asked(CALL, 40, 1, 100);
        ledger.asked(OTHER, 40, 200, 110);
        ledger.replied(OTHER, 56, 200, 115);
        ledger.replied(CALL, 48, 1, 160);
        SessionCounts counts = ledger.counts(1, 0, 0);
        assertThat(counts.byCall())
                .extracting(CallCount::call, CallCount::waits, CallCount::bytesDown)
                .containsExactly(tuple(CALL, 1L, 48L), tuple(OTHER, 1L, 56L));
        assertThat(counts.byCall())
                .extracting(count -> count.waited().totalNanos())
                .containsExactly(60L, 5L);
    }

    @Test
    void aReplyThatNobodyWaitsForIsNotTimed() {
        ledger.replied(CALL, 48, 1, 160);
        ledger.asked(OTHER, 40, 1, 200);
        ledger.replied(CALL, 48, 1, 260);
        assertThat(only().waits()).isEqualTo(2);
        assertThat(only().waited().count()).isZero();
    }

    @Test
    void threadAndCallNumbersThatNoProgramHasAreTakenAsTheyCome() {
        for (int thread : new int[] {-1, 0, Limits.THREADS_MAX - 1, Limits.THREADS_MAX, Integer.MAX_VALUE}) {
            ledger.asked(0xFFFF, 40, thread, 1);
            ledger.replied(0xFFFF, 40, thread, 2);
        }
        assertThat(only().call()).isEqualTo(0xFFFF);
        assertThat(only().waits()).isEqualTo(5);
        assertThat(only().waited().count()).as("within the limit").isEqualTo(2);
    }

    @Test
    void sessionsAddUpCallByCall() {
        ledger.posted(CALL, 40);
        CallLedger second = new CallLedger();
        second.posted(CALL, 10);
        second.posted(OTHER, 20);
        second.pushed(7);
        SessionCounts sum = ledger.counts(1, 100, 200).plus(second.counts(1, 1, 2));
        assertThat(sum.sessions()).isEqualTo(2);
        assertThat(sum.byCall()).extracting(CallCount::calls).containsExactly(2L, 1L);
        assertThat(sum.bytesUp()).isEqualTo(171);
        assertThat(sum.bytesDown()).isEqualTo(209);
    }
}
