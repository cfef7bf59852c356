package io.penstock.protocol.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 20s}, {@code 15m}, {@code 12h}, {@code 30d}. */
public final class Durations {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

    private static final List<Map.Entry<String, Long>> UNITS = List.of(
            Map.entry("d", Duration.ofDays(1).toMillis()),
            Map.entry("h", Duration.ofHours(1).toMillis()),
            Map.entry("m", Duration.ofMinutes(1).toMillis()),
            Map.entry("s", 1000L),
            Map.entry("ms", 1L));

    private Durations() {}

    /** A duration as people write it, in the largest unit of which it is a whole number. */
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        for (Map.Entry<String, Long> unit : UNITS) {
            if (millis % unit.getValue() == 0 && millis != 0) {
                return millis / unit.getValue() + unit.getKey();
            }
        }
        return "0s";
    }

    /**
     * Reads a duration.
     *
     * @throws IllegalArgumentException when it is not a whole number with one of the units
     */
    public static Duration parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("it must be a duration: a whole number and ms, s, m, h or d, as in 15m");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
