package io.penstock.gpuserver.driver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One question of NVML about one device, as data: the function, what is given to it after the device, and the keys
 * (protocol.md section 4.1) that its answers go under. A function that fails answers nothing at all.
 *
 * @param function the exact C name
 * @param arguments after the device, in C's order
 */
public record NvmlQuestion(String function, List<Argument> arguments) {
    private static final int TEXT_BYTES = 96;
    private static final int LIST_MAX = 256;

    /** What stands in the place of one argument, or of a text and its length, or of a count and its array. */
    public sealed interface Argument {}

    /** An int or an enumeration that the caller chooses. */
    private record Given(int value) implements Argument {}

    /** An out-parameter with values at offsets; a version other than 0 is written into its first field. */
    private record Out(int bytes, int version, List<Value> values) implements Argument {}

    /** A text, followed by its length where the function asks for one. */
    private record Text(String key, boolean bounded) implements Argument {}

    /** A count, in: the room, out: how many; then that many unsigned ints. */
    private record Numbers(String key) implements Argument {}

    /** No argument: the key is 1 when the function succeeds. */
    private record Success(String key) implements Argument {}

    /** How a value lies in memory. */
    private enum Width {
        U32,
        I32,
        U64;

        String read(long address) {
            return switch (this) {
                case U32 -> Integer.toUnsignedString(NativeMemory.getInt(address));
                case I32 -> Integer.toString(NativeMemory.getInt(address));
                case U64 -> Long.toUnsignedString(NativeMemory.getLong(address));
            };
        }
    }

    /** A value inside an out-parameter. */
    public record Value(String key, int offset, Width width) {
        static Value u32(String key, int offset) {
            return new Value(key, offset, Width.U32);
        }

        static Value i32(String key, int offset) {
            return new Value(key, offset, Width.I32);
        }

        static Value u64(String key, int offset) {
            return new Value(key, offset, Width.U64);
        }
    }

    static NvmlQuestion of(String function) {
        return new NvmlQuestion(function, List.of());
    }

    private NvmlQuestion with(Argument argument) {
        List<Argument> longer = new ArrayList<>(arguments);
        longer.add(argument);
        return new NvmlQuestion(function, List.copyOf(longer));
    }

    NvmlQuestion given(int value) {
        return with(new Given(value));
    }

    /** An unsigned int, or an enumeration. */
    NvmlQuestion u32(String key) {
        return with(new Out(Long.BYTES, 0, List.of(Value.u32(key, 0))));
    }

    NvmlQuestion u64(String key) {
        return with(new Out(Long.BYTES, 0, List.of(Value.u64(key, 0))));
    }

    NvmlQuestion struct(int bytes, Value... values) {
        return with(new Out(bytes, 0, List.of(values)));
    }

    /** A struct whose first field says its size and the number of its version. */
    NvmlQuestion versioned(int version, int bytes, Value... values) {
        return with(new Out(bytes, version << 24 | bytes, List.of(values)));
    }

    NvmlQuestion text(String key) {
        return with(new Text(key, true));
    }

    /** A text whose function relies on the caller's room. */
    NvmlQuestion unboundedText(String key) {
        return with(new Text(key, false));
    }

    NvmlQuestion numbers(String key) {
        return with(new Numbers(key));
    }

    NvmlQuestion success(String key) {
        return with(new Success(key));
    }

    /** The keys that it can answer. */
    List<String> keys() {
        return arguments.stream()
                .flatMap(argument -> switch (argument) {
                    case Given given -> List.<String>of().stream();
                    case Out out -> out.values.stream().map(Value::key);
                    case Text text -> List.of(text.key).stream();
                    case Numbers numbers -> List.of(numbers.key).stream();
                    case Success success -> List.of(success.key).stream();
                })
                .toList();
    }

    /** Asks, and puts what was answered. */
    void ask(NvmlLibrary nvml, long device, Map<String, String> into) {
        try (Scratch scratch = new Scratch()) {
            List<Object> passed = new ArrayList<>(List.of(device));
            long[] rooms = new long[arguments.size()];
            for (int i = 0; i < rooms.length; i++) {
                rooms[i] = pass(arguments.get(i), scratch, passed);
            }
            if (nvml.call(function, passed.toArray()) == NvmlLibrary.SUCCESS) {
                for (int i = 0; i < rooms.length; i++) {
                    read(arguments.get(i), rooms[i], into);
                }
            }
        }
    }

    /** Adds the argument to what is passed; answers where its values will be. */
    private static long pass(Argument argument, Scratch scratch, List<Object> passed) {
        return switch (argument) {
            case Given given -> {
                passed.add(given.value);
                yield 0;
            }
            case Out out -> {
                long room = scratch.room(out.bytes);
                if (out.version != 0) {
                    NativeMemory.putInt(room, out.version);
                }
                passed.add(room);
                yield room;
            }
            case Text text -> {
                long room = scratch.room(TEXT_BYTES);
                passed.add(room);
                if (text.bounded) {
                    passed.add(TEXT_BYTES);
                }
                yield room;
            }
            case Numbers numbers -> {
                long room = scratch.room(Long.BYTES + LIST_MAX * Integer.BYTES);
                NativeMemory.putInt(room, LIST_MAX);
                passed.addAll(Arrays.asList(room, room + Long.BYTES));
                yield room;
            }
            case Success success -> 0;
        };
    }

    private static void read(Argument argument, long room, Map<String, String> into) {
        switch (argument) {
            case Given given -> {}
            case Out out -> out.values.forEach(value -> into.put(value.key, value.width.read(room + value.offset)));
            case Text text -> into.put(text.key, NativeMemory.getString(room).replaceAll("\\p{Cntrl}", " "));
            case Numbers numbers -> into.put(numbers.key, list(room));
            case Success success -> into.put(success.key, "1");
        }
    }

    private static String list(long room) {
        return IntStream.range(0, Math.clamp(NativeMemory.getInt(room), 0, LIST_MAX))
                .mapToObj(i -> Width.U32.read(room + Long.BYTES + (long) i * Integer.BYTES))
                .collect(Collectors.joining(" "));
    }
}
