package io.penstock.cli;

import io.penstock.agent.CallCount;
import io.penstock.agent.SessionCounts;
import io.penstock.agent.WaitTimes;
import io.penstock.protocol.codec.CallNumbers;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code run --stats} tells of a program's calls: those that were waited for longest first, since they decide how fast
 * a program runs over a network. Numbers look the same wherever the machine stands, so that scripts can read them.
 *
 * @param counts what went through the agent
 * @param ran how long the program ran
 */
record CallReport(SessionCounts counts, Duration ran) {
    private static final String NONE = "-";
    private static final double MEDIAN = 0.5;
    private static final double NEARLY_ALL = 0.99;
    private static final double MICRO = 1e3;
    private static final double MILLI = 1e6;

    /** For people: a sentence, and a table with a line a call and one for all. */
    String asText() {
        WaitTimes waited = counts.waited();
        String sentence = String.format(
                Locale.ROOT,
                "penstock: %d session(s) in %.2f s: %,d calls, %,d launches, %,d waits that took %.1f ms,"
                        + " %,d bytes up, %,d bytes down",
                counts.sessions(),
                ran.toNanos() / 1e9,
                counts.calls(),
                counts.launches(),
                counts.waits(),
                waited.totalNanos() / MILLI,
                counts.bytesUp(),
                counts.bytesDown());
        if (counts.byCall().isEmpty()) {
            return sentence;
        }
        Table table = new Table(
                1, "CALL", "COUNT", "WAITS", "WAITED ms", "MEDIAN µs", "P99 µs", "MAX µs", "BYTES UP", "BYTES DOWN");
        sorted().forEach(call -> add(table, CallNumbers.name(call.call()), call));
        add(table, "(payload)", line(0, counts.payloadUp(), counts.payloadDown()));
        add(table, "(pushed)", line(counts.pushes(), 0, counts.pushedBytes()));
        add(table, "total", total());
        return sentence + "\n" + table;
    }

    /** For programs: JSON objects, one a line, the total first. */
    String asJsonLines() {
        JsonObject total = new JsonObject()
                .put("kind", "total")
                .put("sessions", counts.sessions())
                .put("ranNanos", ran.toNanos())
                .put("calls", counts.calls())
                .put("launches", counts.launches());
        waits(total, counts.waits(), counts.waited())
                .put("bytesUp", counts.bytesUp())
                .put("bytesDown", counts.bytesDown())
                .put("payloadBytesUp", counts.payloadUp())
                .put("payloadBytesDown", counts.payloadDown())
                .put("pushes", counts.pushes())
                .put("pushedBytes", counts.pushedBytes());
        return Stream.concat(Stream.of(total), sorted().stream().map(CallReport::json))
                .map(line -> line.encode() + "\n")
                .collect(Collectors.joining());
    }

    private static JsonObject json(CallCount count) {
        JsonObject line = new JsonObject()
                .put("kind", "call")
                .put("call", CallNumbers.name(count.call()))
                .put("calls", count.calls());
        return waits(line, count.waits(), count.waited())
                .put("bytesUp", count.bytesUp())
                .put("bytesDown", count.bytesDown());
    }

    private static JsonObject waits(JsonObject line, long waits, WaitTimes waited) {
        return line.put("waits", waits)
                .put("waitedNanos", waited.totalNanos())
                .put("medianNanos", waited.quantileNanos(MEDIAN))
                .put("p99Nanos", waited.quantileNanos(NEARLY_ALL))
                .put("maxNanos", waited.longestNanos());
    }

    private List<CallCount> sorted() {
        return counts.byCall().stream()
                .sorted(Comparator.comparingLong(
                                (CallCount call) -> call.waited().totalNanos())
                        .thenComparingLong(CallCount::calls)
                        .reversed())
                .toList();
    }

    private CallCount total() {
        return new CallCount(0, counts.calls(), counts.waits(), counts.waited(), counts.bytesUp(), counts.bytesDown());
    }

    /** What travels beside the calls, counted as a call that nobody waits for. */
    private static CallCount line(long count, long bytesUp, long bytesDown) {
        return new CallCount(0, count, 0, new WaitTimes(), bytesUp, bytesDown);
    }

    private static void add(Table table, String name, CallCount count) {
        WaitTimes waited = count.waited();
        boolean timed = waited.count() > 0;
        table.add(
                name,
                number(count.calls()),
                number(count.waits()),
                timed ? tenths(waited.totalNanos() / MILLI) : NONE,
                timed ? tenths(waited.quantileNanos(MEDIAN) / MICRO) : NONE,
                timed ? tenths(waited.quantileNanos(NEARLY_ALL) / MICRO) : NONE,
                timed ? tenths(waited.longestNanos() / MICRO) : NONE,
                number(count.bytesUp()),
                number(count.bytesDown()));
    }

    /** A place where there is nothing is easier to pass over than a zero. */
    private static String number(long value) {
        return value == 0 ? NONE : String.format(Locale.ROOT, "%,d", value);
    }

    private static String tenths(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }
}
