package io.penstock.gpuserver.software.ptx.check;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The names between two braces, and the scope around them. */
final class Scope {
    private record Range(Type type, int count) {}

    private final @Nullable Scope outer;
    private final Map<String, Value.Register> registers = new HashMap<>();
    private final Map<String, Range> ranges = new HashMap<>();
    private final Map<String, Place> places = new HashMap<>();

    Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    @Nullable
    Scope outer() {
        return outer;
    }

    /** False where the scope has something of that name already. */
    boolean declare(String name, Value.Register register) {
        return isNew(name) && registers.put(name, register) == null;
    }

    /** False where the scope has something of one of the names already. */
    boolean declareRange(String name, Type type, int count) {
        boolean taken = Stream.concat(registers.keySet().stream(), places.keySet().stream())
                .anyMatch(known -> isIn(known, name, count));
        return !taken && ranges.putIfAbsent(name, new Range(type, count)) == null;
    }

    /** False where the scope has something of that name already. */
    boolean declare(String name, Place place) {
        return isNew(name) && places.put(name, place) == null;
    }

    private boolean isNew(String name) {
        boolean ranged =
                ranges.entrySet().stream().anyMatch(range -> isIn(name, range.getKey(), range.getValue().count));
        return !ranged && !registers.containsKey(name) && !places.containsKey(name);
    }

    /** Whether a name is one of a range's. */
    private static boolean isIn(String name, String range, int count) {
        String digits = name.startsWith(range) ? name.substring(range.length()) : "";
        return digits.matches("[0-9]+") && number(digits) < count;
    }

    @Nullable
    Place place(String name) {
        @Nullable Place own = places.get(name);
        return own != null || outer == null ? own : outer.place(name);
    }

    /** The register of that name, made on first use where a range declares it. */
    Value.@Nullable Register register(String name, RegisterSource fresh) {
        Value.Register own = registers.get(name);
        if (own != null) {
            return own;
        }
        int digits = name.length();
        while (digits > 0 && Character.isDigit(name.charAt(digits - 1))) {
            digits--;
        }
        // A range may itself end in digits, as %rd1<4> would: try every split.
        for (int split = digits; split < name.length(); split++) {
            @Nullable Range range = ranges.get(name.substring(0, split));
            if (range != null && number(name.substring(split)) < range.count) {
                Value.Register made = fresh.make(range.type);
                registers.put(name, made);
                return made;
            }
        }
        return outer == null ? null : outer.register(name, fresh);
    }

    private static long number(String digits) {
        return digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    /** Makes a register that did not exist. */
    interface RegisterSource {
        Value.Register make(Type type);
    }
}
