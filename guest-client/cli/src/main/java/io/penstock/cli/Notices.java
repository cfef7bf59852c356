package io.penstock.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;

/** Sentences for the person at the terminal, on standard error, each with who says it. Safe for all threads. */
final class Notices implements Consumer<String> {
    private final PrintWriter error;

    Notices(PrintWriter error) {
        this.error = error;
    }

    /** Sentences that belong together. */
    synchronized void acceptAll(List<String> sentences) {
        sentences.forEach(this);
    }

    @Override
    public synchronized void accept(String sentence) {
        error.println("penstock: " + sentence);
        error.flush();
    }
}
