package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RefusalLogTest {
    private final List<String> lines = new ArrayList<>();
    private long now;
    private final RefusalLog log = new RefusalLog(lines::add, () -> now);

    @Test
    void aStrangerWhoKnocksAgainAndAgainIsWrittenDownOnceAMinuteWithTheCount() {
        for (int second = 0; second <= 120; second++) {
            now = TimeUnit.SECONDS.toNanos(second);
            log.refused("client c1 is disabled", ", from port " + second);
        }
        assertThat(lines)
                .containsExactly(
                        "client c1 is disabled, from port 0",
                        "client c1 is disabled, from port 60 (and 59 times since this was said last)",
                        "client c1 is disabled, from port 120 (and 59 times since this was said last)");
    }

    @Test
    void anotherCauseIsWrittenAtOnce() {
        log.refused("one", "");
        log.refused("another", "");
        assertThat(lines).containsExactly("one", "another");
    }

    @Test
    void strangersOfManyNamesTogetherAreBounded() {
        for (int stranger = 0; stranger < 10_000; stranger++) {
            log.refused("stranger " + stranger, "");
        }
        assertThat(lines).hasSize(RefusalLog.LINES_MAX);
        now = TimeUnit.MINUTES.toNanos(1);
        log.refused("the next", "");
        assertThat(lines.getLast())
                .isEqualTo(
                        "the next (" + (10_000 - RefusalLog.LINES_MAX) + " refusals of others were not written down)");
    }

    @Test
    void theCauseThatWasSilentLongestIsForgotten() {
        for (int stranger = 0; stranger <= RefusalLog.CAUSES_MAX; stranger++) {
            now += TimeUnit.SECONDS.toNanos(3);
            log.refused("stranger " + stranger, "");
        }
        int before = lines.size();
        log.refused("stranger 0", "");
        assertThat(lines).hasSize(before + 1);
    }
}
