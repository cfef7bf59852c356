package io.penstock.appliance.command;

import java.util.regex.Pattern;

/** Other people's words on somebody's terminal: they neither end a line, nor hide a part of it, nor give the terminal orders. */
final class Printable {
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    private static final String REPLACEMENT = "\uFFFD";

    private Printable() {}

    /** The text with the replacement character for each control, formatting and line separating character. */
    static String line(String text) {
        return UNPRINTABLE.matcher(text).replaceAll(REPLACEMENT);
    }
}
