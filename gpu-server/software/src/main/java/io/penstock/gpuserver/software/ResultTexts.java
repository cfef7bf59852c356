package io.penstock.gpuserver.software;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Names and texts of CUresult codes as C strings that live for ever, from the description of the protocol. */
final class ResultTexts {
    private static final Map<Integer, ResultTexts> ALL = read();

    private final long name;
    private final long text;

    private ResultTexts(String name, String text) {
        this.name = Arena.global().allocateFrom(name).address();
        this.text = Arena.global().allocateFrom(text).address();
    }

    /** The address of the name, or 0 for an unknown code. */
    static long name(int result) {
        ResultTexts known = ALL.get(result);
        return known == null ? 0 : known.name;
    }

    /** The address of the text, or 0 for an unknown code. */
    static long text(int result) {
        ResultTexts known = ALL.get(result);
        return known == null ? 0 : known.text;
    }

    private static Map<Integer, ResultTexts> read() {
        Map<Integer, ResultTexts> table = new HashMap<>();
        try (InputStream bytes = ResultTexts.class.getResourceAsStream("errors.tsv");
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(bytes), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isEmpty() && Character.isDigit(line.charAt(0))) {
                    String[] columns = line.split("\t", -1);
                    table.put(Integer.valueOf(columns[0]), new ResultTexts(columns[1], columns[2]));
                }
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException("errors.tsv cannot be read", unreadable);
        }
        return Map.copyOf(table);
    }
}
