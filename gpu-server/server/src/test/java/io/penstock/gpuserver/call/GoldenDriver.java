package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A driver that expects one golden call: compares every argument and answers the golden outs. */
final class GoldenDriver implements InvocationHandler {
    /** Where handles lie inside the structs that travel. */
    private static final Map<String, Map<Integer, HandleKind>> HANDLES = Map.of(
            "struct:CUDA_GRAPH_INSTANTIATE_PARAMS", Map.of(8, HandleKind.STREAM, 16, HandleKind.GRAPHNODE),
            "struct:CUDA_MEMCPY3D", Map.of(56, HandleKind.ARRAY, 144, HandleKind.ARRAY),
            "struct:CUDA_RESOURCE_DESC", Map.of(8, HandleKind.ARRAY));

    private final GoldenCalls.Golden golden;
    private int calls;

    GoldenDriver(GoldenCalls.Golden golden) {
        this.golden = golden;
    }

    int calls() {
        return calls;
    }

    /** The driver's handle for a wire handle of the golden files. */
    static long nativeOf(long wire) {
        return wire == 0 ? 0 : wire ^ 0x5a00_0000_0000_0000L;
    }

    /** Offsets of handles inside a value. */
    static Map<Integer, HandleKind> handlesIn(GoldenCalls.Line line) {
        if (line.is("handle:")) {
            return Map.of(0, line.kind());
        }
        if (line.is("array:handle:")) {
            HandleKind kind = line.kind();
            return Map.of(0, kind, 8, kind, 16, kind);
        }
        return HANDLES.getOrDefault(line.plainType(), Map.of());
    }

    /** A value as the driver sees it. */
    static byte[] asDriverSees(GoldenCalls.Line line) {
        byte[] bytes = line.bytes();
        MemorySegment value = MemorySegment.ofArray(bytes);
        handlesIn(line)
                .keySet()
                .forEach(at -> value.set(
                        ValueLayout.JAVA_LONG_UNALIGNED, at, nativeOf(value.get(ValueLayout.JAVA_LONG_UNALIGNED, at))));
        return bytes;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
        assertThat(method.getName()).isEqualTo(golden.name());
        calls++;
        List<String> params = golden.params();
        Object[] given = arguments == null ? new Object[0] : arguments;
        assertThat(given).hasSize(params.size());
        for (int i = 0; i < given.length; i++) {
            check(golden.first(params.get(i)), given[i]);
            answer(params.get(i), given[i]);
        }
        return CudaResult.SUCCESS;
    }

    private static void check(GoldenCalls.Line line, Object argument) {
        byte[] expected = asDriverSees(line);
        if (line.word().equals("room") || line.word().equals("make")) {
            assertThat((long) argument).as(line.name()).isNotZero();
        } else if (line.is("string")) {
            assertThat(memory((long) argument, expected.length + 1))
                    .as(line.name())
                    .isEqualTo(HexFormat.of().formatHex(expected) + "00");
        } else if (line.byAddress()) {
            assertThat(memory((long) argument, expected.length))
                    .as(line.name())
                    .isEqualTo(HexFormat.of().formatHex(expected));
        } else {
            assertThat(bits(argument)).as(line.name()).isEqualTo(bits(expected));
        }
    }

    private void answer(String param, Object argument) {
        for (GoldenCalls.Line line : golden.lines()) {
            if (line.name().equals(param)
                    && (line.word().equals("out") || line.word().equals("make"))) {
                byte[] bytes = asDriverSees(line);
                MemorySegment.copy(MemorySegment.ofArray(bytes), 0, NativeMemory.all(), (long) argument, bytes.length);
            }
        }
    }

    private static String memory(long address, int bytes) {
        return HexFormat.of()
                .formatHex(NativeMemory.all().asSlice(address, bytes).toArray(ValueLayout.JAVA_BYTE));
    }

    private static long bits(Object argument) {
        return switch (argument) {
            case Integer value -> Integer.toUnsignedLong(value);
            case Float value -> Integer.toUnsignedLong(Float.floatToRawIntBits(value));
            case Double value -> Double.doubleToRawLongBits(value);
            default -> (long) argument;
        };
    }

    private static long bits(byte[] value) {
        MemorySegment segment = MemorySegment.ofArray(value);
        return value.length == Long.BYTES
                ? segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)
                : Integer.toUnsignedLong(segment.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
    }
}
