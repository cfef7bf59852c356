package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the kernel's line says, and what is made of one that says nothing. */
final class IdleCoresTest {
    @Test
    void readsTheRunnableThreads() {
        assertThat(IdleCores.runnable("0.20 0.18 0.12 3/512 11206\n")).isEqualTo(3);
        assertThat(IdleCores.runnable("120.01 99.40 87.12 128/40960 11206\n")).isEqualTo(128);
    }

    @Test
    void aLineThatSaysNothingMeansThatNobodyWantsACore() {
        assertThat(IdleCores.runnable("")).isZero();
        assertThat(IdleCores.runnable("0.20 0.18 0.12")).isZero();
        assertThat(IdleCores.runnable("0.20 0.18 0.12 512")).isZero();
    }
}
