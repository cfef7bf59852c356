package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.HandleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The golden files of protocol/spec, read. */
final class GoldenCalls {
    private GoldenCalls() {}

    /**
     * One value of a golden call.
     *
     * @param word in, make, room or out
     * @param name of the parameter
     * @param type of the description; a question mark after an optional one, an asterisk after a scalar behind a pointer
     * @param hex the bytes C has for it
     */
    record Line(String word, String name, String type, String hex) {
        byte[] bytes() {
            return HexFormat.of().parseHex(hex);
        }

        String plainType() {
            return type.replace("?", "").replace("*", "");
        }

        boolean is(String prefix) {
            return type.startsWith(prefix);
        }

        boolean optional() {
            return type.contains("?") && !is("handle:");
        }

        /** Whether the driver gets an address rather than the value. */
        boolean byAddress() {
            boolean address = is("devptr") || is("hostaddress");
            boolean layout = is("struct:") || is("array:") || is("string");
            return layout || !word.equals("in") || (type.endsWith("*") && !address && !is("handle:"));
        }

        HandleKind kind() {
            return HandleKind.valueOf(
                    plainType().substring(plainType().lastIndexOf(':') + 1).toUpperCase(Locale.ROOT));
        }
    }

    /**
     * One golden call.
     *
     * @param name the C name
     * @param lines its values, in the order of its parameters; an inout has two
     * @param request the body that travels up
     */
    record Golden(String name, List<Line> lines, String request) {
        /** Parameters by name, in order. */
        List<String> params() {
            return lines.stream().map(Line::name).distinct().toList();
        }

        Line first(String param) {
            return lines.stream()
                    .filter(line -> line.name().equals(param))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static List<Golden> read() throws IOException {
        Path folder = Path.of(System.getProperty("penstock.root", "../..")).resolve("protocol/spec/golden");
        List<Golden> calls = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.sorted().toList();
        }
        for (Path file : files) {
            for (String entry : Files.readString(file).split("(?m)^call ", -1)) {
                if (!entry.isEmpty()) {
                    calls.add(parse(entry));
                }
            }
        }
        return calls;
    }

    private static Golden parse(String entry) {
        List<Line> lines = new ArrayList<>();
        String request = "";
        String[] rows = entry.split("\n", -1);
        for (int i = 1; i < rows.length; i++) {
            String[] cells = rows[i].split(" ", -1);
            switch (cells[0]) {
                case "request" -> request = cells[1].equals("-") ? "" : cells[1];
                case "in", "out", "room", "make" -> lines.add(new Line(cells[0], cells[1], cells[2], cells[3]));
                default -> {}
            }
        }
        return new Golden(rows[0], lines, request);
    }
}
