package io.penstock.generator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Source code in the making: lines, and an indentation that follows the braces. One thread. */
final class SourceText {
    private static final String INDENT = "    ";
    private final StringBuilder text = new StringBuilder();
    private int depth;

    /** Adds one line; a line that starts with a closing brace steps out, one that ends with an opening one steps in. */
    SourceText line(String line) {
        if (line.startsWith("}")) {
            depth--;
        }
        if (!line.isEmpty()) {
            text.append(INDENT.repeat(line.startsWith("#") ? 0 : depth)).append(line);
        }
        text.append('\n');
        if (line.endsWith("{")) {
            depth++;
        }
        return this;
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
        text.append(INDENT.repeat(depth + 2)).append(line).append('\n');
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
