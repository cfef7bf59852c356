package io.penstock.protocol.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which GPUs a server lends: those of the NVIDIA driver, or software GPUs.
 *
 * @param software the number of software GPUs; 0 where they are real
 */
public record GpuKind(int software) {
    /** The most software GPUs of a server. */
    public static final int SOFTWARE_MAX = 16;

    /** What {@link #parse} reads, for people. */
    public static final String FORMS = "nvidia, software, or software:N with N from 1 to " + SOFTWARE_MAX;

    private static final GpuKind NVIDIA = new GpuKind(0);
    private static final Pattern TEXT = Pattern.compile("software(?::([1-9][0-9]?))?");

    /** Checks the number. */
    public GpuKind {
        if (software < 0 || software > SOFTWARE_MAX) {
            throw new IllegalArgumentException(software + " software GPUs; 1 to " + SOFTWARE_MAX);
        }
    }

    /**
     * Reads {@code nvidia} or {@code software:N}; {@code software} alone is one.
     *
     * @throws IllegalArgumentException when it is neither; the message is the end of a sentence that names the setting or the option
     */
    public static GpuKind parse(String text) {
        if (text.equals("nvidia")) {
            return NVIDIA;
        }
        Matcher matcher = TEXT.matcher(text);
        if (matcher.matches()) {
            int count = matcher.group(1) == null ? 1 : Integer.parseInt(matcher.group(1));
            if (count <= SOFTWARE_MAX) {
                return new GpuKind(count);
            }
        }
        throw new IllegalArgumentException("wants " + FORMS + ", not '" + text + "'");
    }

    /** Whether the GPUs are real. */
    public boolean isNvidia() {
        return software == 0;
    }

    /** As it is read. */
    @Override
    public String toString() {
        return isNvidia() ? "nvidia" : "software:" + software;
    }
}
