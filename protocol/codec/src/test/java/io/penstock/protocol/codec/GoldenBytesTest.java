package io.penstock.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Writer and Reader against the golden bytes, which the shim's C is held against too. */
final class GoldenBytesTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("penstock.root", "../..")).resolve("protocol/spec/golden");
    private static final int FEWEST_CALLS = 150;

    /** One line of a golden call: word, name, type, bytes. */
    record Line(String word, String name, String type, String hex) {
        boolean optional() {
            return type.endsWith("?") || type.endsWith("?*");
        }

        boolean handle() {
            return type.startsWith("handle:");
        }
    }

    /** One golden call. */
    record Golden(String call, List<Line> lines, String request, String reply) {}

    @TestFactory
    Stream<DynamicTest> everyCall() throws IOException {
        List<Golden> calls = read();
        assertThat(calls).hasSizeGreaterThan(FEWEST_CALLS);
        return calls.stream()
                .map(golden -> DynamicTest.dynamicTest(golden.call(), () -> {
                    assertThat(encode(golden, true)).isEqualTo(golden.request());
                    assertThat(encode(golden, false)).isEqualTo(golden.reply());
                    decode(golden, true);
                    decode(golden, false);
                }));
    }

    private static String encode(Golden golden, boolean request) {
        MemorySegment room = Arena.ofAuto().allocate(8192, 8).fill((byte) 0xee);
        Writer out = new Writer(room);
        for (Line line : golden.lines()) {
            boolean up = !line.word().equals("out");
            if (up != request) {
                continue;
            }
            boolean inout = golden.lines().stream()
                    .anyMatch(other -> other.word().equals("in") && other.name().equals(line.name()));
            if (line.optional() && !line.handle() && (request || !inout)) {
                out.putPresent(true);
            }
            if (!line.word().equals("room")) {
                put(out, line, HexFormat.of().parseHex(line.hex()), inout && !request);
            }
        }
        return HexFormat.of().formatHex(room.asSlice(0, out.finish()).toArray(ValueLayout.JAVA_BYTE));
    }

    private static void put(Writer out, Line line, byte[] bytes, boolean inout) {
        MemorySegment value = MemorySegment.ofArray(bytes);
        String type = line.type();
        if (type.startsWith("array:")) {
            out.putU64(bytes.length / elementBytes(type, bytes)).putBlock(value);
        } else if (type.startsWith("string")) {
            out.putBytes(value);
        } else if (type.startsWith("struct:") || byAddress(line, inout)) {
            out.putBlock(value);
        } else if (bytes.length == 8) {
            out.putU64(value.get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
        } else {
            out.putU32(value.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        }
    }

    /** A scalar behind an input pointer travels like a struct; those of an address type are the address itself. */
    private static boolean byAddress(Line line, boolean inout) {
        boolean address = line.type().startsWith("devptr") || line.type().startsWith("hostaddress");
        return line.word().equals("in") && line.type().endsWith("*") && !address && !inout && !line.handle();
    }

    /** Golden arrays have three elements, or a count that says otherwise by its size. */
    private static int elementBytes(String type, byte[] bytes) {
        if (type.contains("struct:")) {
            return bytes.length / 3;
        }
        return type.contains("32") || type.contains("enum") ? 4 : 8;
    }

    private static void decode(Golden golden, boolean request) {
        byte[] bytes = HexFormat.of().parseHex(request ? golden.request() : golden.reply());
        MemorySegment body = Arena.ofAuto().allocate(bytes.length + 1L, 8).asSlice(0, bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, body, 0, bytes.length);
        Reader in = new Reader(body);
        for (Line line : golden.lines()) {
            boolean up = !line.word().equals("out");
            if (up != request) {
                continue;
            }
            boolean inout = golden.lines().stream()
                    .anyMatch(other -> other.word().equals("in") && other.name().equals(line.name()));
            if (line.optional() && !line.handle() && (request || !inout)) {
                assertThat(in.readPresent()).isTrue();
            }
            if (!line.word().equals("room")) {
                assertThat(take(in, line, inout && !request)).as(line.name()).isEqualTo(line.hex());
            }
        }
        in.end();
    }

    private static String take(Reader in, Line line, boolean inout) {
        byte[] expected = HexFormat.of().parseHex(line.hex());
        String type = line.type();
        MemorySegment value;
        if (type.startsWith("array:")) {
            long count = expected.length / elementBytes(type, expected);
            assertThat(in.readU64()).isEqualTo(count);
            value = in.readBlock(expected.length);
        } else if (type.startsWith("string")) {
            value = in.readBytes();
        } else if (type.startsWith("struct:") || byAddress(line, inout)) {
            value = in.readBlock(expected.length);
        } else if (expected.length == 8) {
            value = MemorySegment.ofArray(new long[] {in.readU64()});
        } else {
            value = MemorySegment.ofArray(new int[] {in.readU32()});
        }
        return HexFormat.of().formatHex(value.toArray(ValueLayout.JAVA_BYTE));
    }

    private static List<Golden> read() throws IOException {
        List<Golden> calls = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.list(GOLDEN)) {
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
        String reply = "";
        String[] rows = entry.split("\n", -1);
        for (int i = 1; i < rows.length; i++) {
            String[] cells = rows[i].split(" ", -1);
            switch (cells[0]) {
                case "request" -> request = cells[1].equals("-") ? "" : cells[1];
                case "reply" -> reply = cells[1];
                case "" -> {}
                default -> lines.add(new Line(cells[0], cells[1], cells[2], cells[3]));
            }
        }
        return new Golden(rows[0], lines, request, reply);
    }
}
