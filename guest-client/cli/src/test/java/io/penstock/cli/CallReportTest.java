package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.agent.CallCount;
import io.penstock.agent.SessionCounts;
import io.penstock.agent.WaitTimes;
import io.penstock.protocol.codec.CallNumbers;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CallReportTest {
    private static final List<CallCount> CALLS = List.of(
            new CallCount(CallNumbers.cuMemAlloc_v2, 2, 2, times(1_000, 3_000), 96, 112),
            new CallCount(CallNumbers.cuLaunchKernel, 12_000, 0, times(), 1_440_000, 0),
            new CallCount(CallNumbers.cuStreamSynchronize, 1, 1, times(5_000_000), 40, 48));

    private final CallReport report =
            new CallReport(new SessionCounts(1, CALLS, 1 << 20, 0, 3, 120), Duration.ofMillis(2500));

    private static WaitTimes times(long... nanos) {
        WaitTimes times = new WaitTimes();
        for (long each : nanos) {
            times.add(each);
        }
        return times;
    }

    @Test
    void whatWasWaitedForLongestComesFirstAndColumnsAddUp() {
        List<String> lines = report.asText().lines().toList();
        assertThat(lines.getFirst())
                .isEqualTo("penstock: 1 session(s) in 2.50 s: 12,003 calls, 12,000 launches, 3 waits that took 5.0 ms,"
                        + " 2,488,712 bytes up, 280 bytes down");
        assertThat(lines.subList(2, lines.size()))
                .extracting(line -> line.split(" +", -1)[0])
                .containsExactly(
                        "cuStreamSynchronize", "cuMemAlloc_v2", "cuLaunchKernel", "(payload)", "(pushed)", "total");
        assertThat(lines.get(3).split(" +", -1))
                .containsExactly("cuMemAlloc_v2", "2", "2", "0.0", "1.0", "2.9", "3.0", "96", "112");
        assertThat(lines.getLast().split(" +", -1)).endsWith("2,488,712", "280");
        assertThat(lines).allSatisfy(line -> assertThat(line).doesNotContain("NaN"));
    }

    @Test
    void numbersEndBelowEachOther() {
        List<String> table = report.asText().lines().skip(1).toList();
        assertThat(table)
                .extracting(String::length)
                .containsOnly(table.getFirst().length());
    }

    @Test
    void aProgramThatMadeNoCallHasNoTable() {
        assertThat(new CallReport(SessionCounts.NONE, Duration.ZERO).asText())
                .hasLineCount(1)
                .contains("0 calls");
    }

    @Test
    void programsReadAnObjectALineTheTotalFirst() {
        List<JsonObject> lines =
                report.asJsonLines().lines().map(JsonObject::new).toList();
        assertThat(lines).extracting(line -> line.getString("kind")).containsExactly("total", "call", "call", "call");
        JsonObject total = lines.getFirst();
        assertThat(total.getLong("waits")).isEqualTo(3);
        assertThat(total.getLong("waitedNanos")).isEqualTo(5_004_000);
        assertThat(total.getLong("launches")).isEqualTo(12_000);
        assertThat(total.getLong("payloadBytesUp")).isEqualTo(1 << 20);
        JsonObject first = lines.get(1);
        assertThat(first.getString("call")).isEqualTo("cuStreamSynchronize");
        assertThat(first.getLong("maxNanos")).isEqualTo(5_000_000);
    }
}
