package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The forms that the compiler takes, which are those of forms.txt and so those of docs/supported-ptx.md: a lowering may be laxer,
 * but what no line there names is refused. Words may stand in any order, and those that leave a form what it is are left out.
 * The products of matrices have a table of their own.
 */
final class Forms {
    private static final Set<String> OTHER_TABLES = Set.of("mma", "wmma");

    private static final List<String> ORDER = List.of(
            "weak",
            "volatile",
            "mmio",
            "relaxed",
            "acquire",
            "release",
            "acq_rel",
            "cta",
            "gpu",
            "sys",
            "ca",
            "cg",
            "cs",
            "lu",
            "cv",
            "wb",
            "wt");
    private static final List<String> COMBINED = List.of("and", "or", "xor");

    /** The words that say nothing about which form it is. */
    private static final Map<String, List<String>> FREE = Map.ofEntries(
            Map.entry("ld", ORDER),
            Map.entry("ldu", ORDER),
            Map.entry("st", ORDER),
            Map.entry("atom", ORDER),
            Map.entry("red", ORDER),
            Map.entry("suld", ORDER),
            Map.entry("sust", ORDER),
            Map.entry("bar", List.of("cta", "aligned")),
            Map.entry("barrier", List.of("cta", "aligned")),
            Map.entry("set", COMBINED),
            Map.entry("setp", COMBINED),
            Map.entry("tex", List.of("base")));

    private static final Set<String> KNOWN = read();

    private Forms() {}

    /** Throws where no line names the opcode's words together. */
    static void check(Instruction at, String opcode) throws PtxException {
        if (!OTHER_TABLES.contains(at.stem()) && !KNOWN.contains(key(opcode))) {
            throw at.unsupported("no such form of " + at.stem());
        }
    }

    /** The stem, its types in their order, its other words in that of the alphabet. */
    private static String key(String opcode) {
        String[] words = opcode.split("\\.");
        List<String> free = FREE.getOrDefault(words[0], List.of());
        List<String> types = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (String word : Arrays.asList(words).subList(1, words.length)) {
            String plain = plain(word);
            if (!plain.isEmpty() && !free.contains(plain)) {
                (Type.of(plain) == null ? others : types).add(plain);
            }
        }
        return words[0] + types + others.stream().sorted().toList();
    }

    /** A word without what two names of one thing differ in; empty for hints to caches, which are checked elsewhere. */
    private static String plain(String word) {
        return switch (word) {
            case "shared::cta" -> "shared";
            case "param::entry", "param::func" -> "param";
            default -> word.startsWith("L1::") || word.matches("L2::(?:64B|128B|256B|cache_hint)") ? "" : word;
        };
    }

    private static Set<String> read() {
        try (InputStream bytes = Objects.requireNonNull(Forms.class.getResourceAsStream("forms.txt"))) {
            return new String(bytes.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .flatMap(line -> expand(line.substring(0, line.indexOf(' '))))
                    .map(Forms::key)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** All opcodes of a pattern, whose braces hold alternatives. */
    private static Stream<String> expand(String pattern) {
        int open = pattern.indexOf('{');
        if (open < 0) {
            return Stream.of(pattern);
        }
        int close = pattern.indexOf('}');
        List<String> all = new ArrayList<>();
        for (String word : pattern.substring(open + 1, close).split("\\|", -1)) {
            all.add(pattern.substring(0, open) + word + pattern.substring(close + 1));
        }
        return all.stream().flatMap(Forms::expand);
    }
}
