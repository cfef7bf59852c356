package io.penstock.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Lines of cells, printed with every column as wide as its widest cell. */
final class Table {
    private final List<List<String>> lines = new ArrayList<>();
    private final int textColumns;

    /** A table with these column titles. */
    Table(String... titles) {
        this(titles.length, titles);
    }

    /** A table whose columns are numbers, which end below each other, from the one with this index on. */
    Table(int textColumns, String... titles) {
        this.textColumns = textColumns;
        lines.add(List.of(titles));
    }

    /** Adds a line with one cell a column. */
    void add(Object... cells) {
        if (cells.length != lines.getFirst().size()) {
            throw new IllegalArgumentException(
                    cells.length + " cells for " + lines.getFirst().size() + " columns");
        }
        lines.add(List.of(cells).stream().map(String::valueOf).toList());
    }

    /** Whether it holds nothing but its titles. */
    boolean isEmpty() {
        return lines.size() == 1;
    }

    @Override
    public String toString() {
        int columns = lines.getFirst().size();
        int[] widths = IntStream.range(0, columns)
                .map(column -> lines.stream()
                        .mapToInt(line -> line.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        return lines.stream()
                .map(line -> IntStream.range(0, columns)
                        .mapToObj(column -> column < textColumns
                                ? pad(line.get(column), widths[column])
                                : indent(line.get(column), widths[column]))
                        .collect(Collectors.joining("  "))
                        .stripTrailing())
                .collect(Collectors.joining("\n"));
    }

    private static String indent(String text, int width) {
        return " ".repeat(width - text.length()) + text;
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
