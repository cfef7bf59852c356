package io.penstock.protocol.codec;

import java.util.Random;
import java.util.function.Consumer;

/**
 * Many tries of one test, each with randomness of its own. Every run tries other seeds, and a failure names its own:
 * {@code -Dpenstock.seed=N} begins with it.
 */
final class SeededTries {
    private SeededTries() {}

    static void run(int tries, Consumer<Random> test) {
        long first = Long.getLong("penstock.seed", System.nanoTime());
        for (long seed = first; seed < first + tries; seed++) {
            try {
                test.accept(new Random(seed));
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("with -Dpenstock.seed=" + seed + ": " + failure.getMessage(), failure);
            }
        }
    }
}
