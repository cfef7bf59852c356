package io.penstock.generator;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Reads {@code protocol/spec}. Unknown keys are errors: a misspelt key would otherwise change nothing, silently. */
final class SpecReader {
    private static final Set<String> CALL_KEYS = Set.of(
            "call", "mode", "shim", "server", "signature", "params", "request", "reply", "result", "why", "capture");
    private static final Set<String> ALIAS_KEYS = Set.of("call", "alias", "stream");
    private static final Set<String> PARAM_KEYS =
            Set.of("name", "c", "type", "dir", "count", "nullable", "make", "drop");
    private static final Set<String> STRUCT_KEYS = Set.of("size", "align", "union", "ours", "fields");
    private static final Set<String> FIELD_KEYS = Set.of("at", "name", "type", "bytes", "dir", "tag", "cases");
    private static final int NOT_SUPPORTED = 801;

    private final Path root;
    private final List<Call> calls = new ArrayList<>();
    private final List<Spec.Alias> aliases = new ArrayList<>();
    private final Map<String, String> enumAliases = new LinkedHashMap<>();

    SpecReader(Path root) {
        this.root = root;
    }

    Spec read() {
        Map<?, ?> numbers = numbers();
        for (Path file : callFiles()) {
            String family = file.getFileName().toString().replace(".yaml", "");
            for (Object entry : (List<?>) yaml(file)) {
                Map<?, ?> map = (Map<?, ?>) entry;
                String where = file.getFileName() + ": " + map.get("call");
                try {
                    readEntry(map, family, numbers);
                } catch (SpecException | ClassCastException problem) {
                    throw new SpecException(where + ": " + problem.getMessage(), problem);
                }
            }
        }
        calls.sort(Comparator.comparingInt(Call::number));
        Map<?, ?> layouts = (Map<?, ?>) yaml(root.resolve("structs.yaml"));
        return new Spec(
                List.copyOf(calls),
                List.copyOf(aliases),
                strings(layouts.get("handles")),
                structs((Map<?, ?>) value(layouts, "structs")),
                enums(),
                Map.copyOf(enumAliases),
                limits(),
                frames(),
                entryPoints(),
                errors(),
                lines(root.resolve("exports/libcuda.symbols")),
                lines(root.resolve("exports/libnvidia-ml.symbols")));
    }

    private Map<?, ?> numbers() {
        Map<?, ?> numbers = (Map<?, ?>) yaml(root.resolve("numbers.yaml"));
        int before = 0;
        for (Map.Entry<?, ?> entry : numbers.entrySet()) {
            int number = (Integer) entry.getValue();
            if (number <= before) {
                throw new SpecException("numbers.yaml: " + entry.getKey() + " has " + number + " after " + before
                        + ": numbers are appended, never inserted");
            }
            before = number;
        }
        return numbers;
    }

    private List<Path> callFiles() {
        try (Stream<Path> files = Files.list(root.resolve("calls"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private void readEntry(Map<?, ?> map, String family, Map<?, ?> numbers) {
        String name = text(map, "call");
        if (map.containsKey("alias")) {
            onlyKeys(map, ALIAS_KEYS);
            boolean perThread = "per-thread".equals(map.get("stream"));
            aliases.add(new Spec.Alias(name, text(map, "alias"), perThread, family));
            return;
        }
        onlyKeys(map, CALL_KEYS);
        if (!(numbers.get(name) instanceof Integer number)) {
            throw new SpecException("has no number in numbers.yaml");
        }
        Call.Mode mode = Call.Mode.valueOf(text(map, "mode").toUpperCase(Locale.ROOT));
        boolean coded = map.containsKey("params");
        List<Param> params = new ArrayList<>();
        if (coded) {
            for (Object param : (List<?>) value(map, "params")) {
                params.add(param((Map<?, ?>) param));
            }
        }
        boolean byHand = mode == Call.Mode.LOCAL || mode == Call.Mode.CACHED;
        calls.add(new Call(
                name,
                number,
                family,
                mode,
                byHand ? Call.Author.HAND : author(map, "shim"),
                author(map, "server"),
                optional(map, "signature"),
                List.copyOf(params),
                coded,
                optional(map, "request"),
                optional(map, "reply"),
                map.get("result") instanceof Integer result ? result : NOT_SUPPORTED,
                optional(map, "why"),
                capture(map)));
    }

    private static Param param(Map<?, ?> map) {
        onlyKeys(map, PARAM_KEYS);
        Object direction = map.get("dir");
        Object count = map.get("count");
        return new Param(
                text(map, "name"),
                text(map, "c"),
                WireType.parse(text(map, "type")),
                direction == null
                        ? Param.Direction.IN
                        : Param.Direction.valueOf(direction.toString().toUpperCase(Locale.ROOT)),
                count == null ? Param.Count.NONE : Param.Count.parse(count.toString()),
                Boolean.TRUE.equals(map.get("nullable")),
                Boolean.TRUE.equals(map.get("make")),
                Boolean.TRUE.equals(map.get("drop")));
    }

    private static Map<String, Struct> structs(Map<?, ?> map) {
        Map<String, Struct> structs = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            String name = key.toString();
            Map<?, ?> entry = (Map<?, ?>) value;
            onlyKeys(entry, STRUCT_KEYS);
            List<Struct.Field> fields = new ArrayList<>();
            if (entry.get("fields") instanceof List<?> list) {
                list.forEach(field -> fields.add(field((Map<?, ?>) field, structs)));
            }
            structs.put(
                    name,
                    new Struct(
                            name,
                            (Integer) value(entry, "size"),
                            (Integer) value(entry, "align"),
                            Boolean.TRUE.equals(entry.get("union")),
                            Boolean.TRUE.equals(entry.get("ours")),
                            List.copyOf(fields)));
        });
        return structs;
    }

    private static Struct.Field field(Map<?, ?> map, Map<String, Struct> earlier) {
        onlyKeys(map, FIELD_KEYS);
        int at = (Integer) value(map, "at");
        boolean out = "out".equals(map.get("dir"));
        if (map.get("bytes") instanceof Integer bytes) {
            return new Struct.Field(at, text(map, "name"), null, bytes, out, union(map));
        }
        String word = text(map, "type");
        if (word.equals("u16") || word.equals("u8") || word.equals("i8")) {
            return new Struct.Field(at, text(map, "name"), null, word.equals("u16") ? 2 : 1, out, null);
        }
        WireType type = WireType.parse(word);
        int bytes = type.kind().bytes;
        if (type.is(WireType.Kind.STRUCT)) {
            Struct inner = earlier.get(type.name());
            if (inner == null) {
                throw new SpecException("struct " + type.name() + " must stand before the struct that holds it");
            }
            bytes = inner.size();
        }
        return new Struct.Field(at, text(map, "name"), type, bytes, out, null);
    }

    private static Struct.@Nullable Union union(Map<?, ?> field) {
        if (!field.containsKey("tag")) {
            return null;
        }
        List<Struct.Case> cases = new ArrayList<>();
        ((Map<?, ?>) value(field, "cases")).forEach((value, meaning) -> {
            WireType handle = meaning.equals("plain") ? null : WireType.parse(meaning.toString());
            cases.add(new Struct.Case((Integer) value, handle));
        });
        return new Struct.Union(text(field, "tag"), List.copyOf(cases));
    }

    private Map<String, Map<String, Integer>> enums() {
        Map<String, Map<String, Integer>> enums = new LinkedHashMap<>();
        ((Map<?, ?>) yaml(root.resolve("enums.yaml"))).forEach((name, value) -> {
            if (value instanceof String original) {
                enumAliases.put(name.toString(), original);
                return;
            }
            Map<String, Integer> values = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((constant, number) -> values.put(constant.toString(), (Integer) number));
            enums.put(name.toString(), values);
        });
        return enums;
    }

    private Map<String, Spec.Limit> limits() {
        Map<String, Spec.Limit> limits = new LinkedHashMap<>();
        ((Map<?, ?>) yaml(root.resolve("limits.yaml"))).forEach((name, entry) -> {
            Map<?, ?> map = (Map<?, ?>) entry;
            limits.put(name.toString(), new Spec.Limit(((Number) value(map, "value")).longValue(), text(map, "why")));
        });
        return limits;
    }

    private Map<String, Spec.Frame> frames() {
        Map<String, Spec.Frame> frames = new LinkedHashMap<>();
        ((Map<?, ?>) yaml(root.resolve("frames.yaml"))).forEach((name, entry) -> {
            Map<?, ?> map = (Map<?, ?>) entry;
            frames.put(
                    name.toString(), new Spec.Frame((Integer) value(map, "number"), (Boolean) value(map, "sequenced")));
        });
        return frames;
    }

    private List<Spec.EntryPoint> entryPoints() {
        List<Spec.EntryPoint> rows = new ArrayList<>();
        for (String line : rows("procaddr.tsv")) {
            String[] cells = line.split("\t", -1);
            rows.add(new Spec.EntryPoint(cells[0], Integer.parseInt(cells[1]), Integer.parseInt(cells[2]), cells[3]));
        }
        return rows;
    }

    private List<Spec.ErrorText> errors() {
        List<Spec.ErrorText> rows = new ArrayList<>();
        for (String line : rows("errors.tsv")) {
            String[] cells = line.split("\t", -1);
            rows.add(new Spec.ErrorText(Integer.parseInt(cells[0]), cells[1], cells[2]));
        }
        return rows;
    }

    /** The lines of a table below its heading. */
    private List<String> rows(String file) {
        List<String> all = lines(root.resolve(file));
        return all.subList(1, all.size());
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static Object yaml(Path file) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try (Reader in = Files.newBufferedReader(file)) {
            return new Yaml(new SafeConstructor(options)).load(in);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static Call.Author author(Map<?, ?> map, String key) {
        String text = optional(map, key);
        return text.isEmpty() ? Call.Author.GENERATED : Call.Author.valueOf(text.toUpperCase(Locale.ROOT));
    }

    private static Call.Capture capture(Map<?, ?> map) {
        String text = optional(map, "capture");
        return text.isEmpty() ? Call.Capture.ALLOWED : Call.Capture.valueOf(text.toUpperCase(Locale.ROOT));
    }

    private static void onlyKeys(Map<?, ?> map, Set<String> known) {
        for (Object key : map.keySet()) {
            if (!known.contains(key.toString())) {
                throw new SpecException("unknown key '" + key + "'");
            }
        }
    }

    private static Object value(Map<?, ?> map, String key) {
        @Nullable Object value = map.get(key);
        if (value == null) {
            throw new SpecException("lacks '" + key + "'");
        }
        return value;
    }

    private static String text(Map<?, ?> map, String key) {
        return value(map, key).toString();
    }

    private static String optional(Map<?, ?> map, String key) {
        Object value = map.get(key);
        return value == null ? "" : value.toString();
    }

    private static List<String> strings(@Nullable Object list) {
        return list instanceof List<?> items
                ? items.stream().map(Object::toString).toList()
                : List.of();
    }
}
