package io.penstock.protocol.codec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

final class SeededTriesTest {
    @Test
    void everyTryDrawsSomethingElse() {
        List<Long> drawn = new ArrayList<>();
        SeededTries.run(100, random -> drawn.add(random.nextLong()));
        Assertions.assertThat(new HashSet<>(drawn)).hasSize(100);
    }

    @Test
    void failureNamesTheSeedThatRepeatsIt() {
        AtomicInteger tries = new AtomicInteger();
        List<Long> drawn = new ArrayList<>();
        Throwable failure = Assertions.catchThrowable(() -> SeededTries.run(10, random -> {
            drawn.add(random.nextLong());
            Assertions.assertThat(tries.incrementAndGet()).isLessThan(4);
        }));
        Assertions.assertThat(failure)
                .isInstanceOf(AssertionError.class)
                .hasMessageMatching("(?s)with -Dpenstock\\.seed=\\d+: .*");
        long seed = Long.parseLong(
                String.valueOf(failure.getMessage()).replaceAll("(?s)with -Dpenstock\\.seed=(\\d+).*", "$1"));
        Assertions.assertThat(new Random(seed).nextLong()).isEqualTo(drawn.getLast());
    }
}
