package io.penstock.bench;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;

/** Figures as lines {@code name value}, which the table of {@code ./dev bench} is made from. */
final class Figures {
    private final PrintStream out;

    Figures(PrintStream out) {
        this.out = out;
    }

    /** One figure; the name carries the unit. */
    void print(String name, double value) {
        out.println(String.format(Locale.ROOT, "%s %.3f", name, value));
    }

    /** Median and 99th percentile of times in nanoseconds, in microseconds. */
    void printTimes(String name, long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        print(name + "_median_us", sorted[sorted.length / 2] / 1e3);
        print(name + "_p99_us", sorted[(int) (sorted.length * 0.99)] / 1e3);
    }
}
