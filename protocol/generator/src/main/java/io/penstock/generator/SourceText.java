package io.penstock.generator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Source code in the making: lines, and an indentation that follows the braces. One thread. */
final class SourceText {
    private static final String INDENT = "    ";
    private static final int COLUMNS = 120;
    private static final List<String> BREAK_BEFORE = List.of("|| ", "&& ", "+ ", "? ", ": ");

    private final StringBuilder text = new StringBuilder();
    private int depth;

    /** Adds one line; a line that starts with a closing brace steps out, one that ends with an opening one steps in. */
    SourceText line(String line) {
        if (line.startsWith("}")) {
            depth--;
        }
        if (line.startsWith("#")) {
            text.append(line).append('\n');
        } else {
            wrapped(line, depth);
        }
        if (line.endsWith("{")) {
            depth++;
        }
        return this;
    }

    /** A line that is too long goes on in the next, two steps deeper, after a comma or before an operator. */
    private void wrapped(String line, int start) {
        String rest = line;
        int indent = start;
        while (indent * INDENT.length() + rest.length() > COLUMNS
                && breakAt(rest, COLUMNS - indent * INDENT.length()) > 0) {
            int end = breakAt(rest, COLUMNS - indent * INDENT.length());
            text.append(INDENT.repeat(indent))
                    .append(rest.substring(0, end).stripTrailing())
                    .append('\n');
            rest = rest.substring(end).stripLeading();
            indent = depth + 2;
        }
        text.append(rest.isEmpty() ? "" : INDENT.repeat(indent)).append(rest).append('\n');
    }

    /** The last place before a column where a line may break, outside quotes; 0 if there is none. */
    private static int breakAt(String line, int column) {
        int found = 0;
        boolean quoted = false;
        for (int i = 0; i < column; i++) {
            if (line.charAt(i) == '"' && (i == 0 || line.charAt(i - 1) != '\\')) {
                quoted = !quoted;
            } else if (!quoted && line.charAt(i) == ' ') {
                boolean operator = BREAK_BEFORE.stream().anyMatch(line.substring(i + 1)::startsWith);
                found = operator || line.charAt(i - 1) == ',' ? i : found;
            }
        }
        return found;
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be this module's only use of its library
    SourceText line(String format, Object... values) {
        return line(String.format(format, values));
    }

    SourceText blank() {
        return line("");
    }

    /** Adds a line one step deeper than the others: the rest of a statement. */
    SourceText continued(String line) {
        wrapped(line, depth + 2);
        return this;
    }

    /** Adds lines as they are. */
    SourceText raw(String lines) {
        text.append(lines);
        return this;
    }

    /** Writes the file unless it already says the same, so that nothing is compiled twice for nothing. */
    void writeTo(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (!Files.exists(file) || !Files.readString(file).contentEquals(text)) {
                Files.writeString(file, text);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
