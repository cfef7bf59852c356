package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every generated server half: golden request in, exact driver call, golden reply out. */
final class GoldenDispatchTest {
    private static final int FEWEST_CALLS = 120;
    private static final Map<String, Integer> NUMBERS = IntStream.rangeClosed(CallNumbers.FIRST, CallNumbers.LAST)
            .boxed()
            .collect(Collectors.toMap(CallNumbers::name, number -> number));

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> everyGeneratedCall() throws IOException {
        Set<String> byHand =
                Arrays.stream(HandCalls.class.getMethods()).map(Method::getName).collect(Collectors.toSet());
        List<GoldenCalls.Golden> calls = GoldenCalls.read().stream()
                .filter(golden -> !byHand.contains(golden.name()))
                .toList();
        assertThat(calls).hasSizeGreaterThan(FEWEST_CALLS);
        return calls.stream().map(golden -> DynamicTest.dynamicTest(golden.name(), () -> run(golden)));
    }

    private void run(GoldenCalls.Golden golden) {
        GoldenDriver driver = new GoldenDriver(golden);
        MemoryLedger ledger = MemoryLedger.create(folder.resolve(golden.name()), List.of(0L));
        try (Arena arena = Arena.ofConfined()) {
            CallContext context = context(driver, ledger);
            bindHandles(golden, context.handles());
            byte[] bytes = HexFormat.of().parseHex(golden.request());
            MemorySegment request = arena.allocate(bytes.length + 8L, 8).asSlice(0, bytes.length);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, request, 0, bytes.length);
            MemorySegment reply = arena.allocate(1 << 16, 8).fill((byte) 0xee);
            Writer out = new Writer(reply);
            Reader in = new Reader(request);

            int result = new CallDispatcher(new HandCalls() {})
                    .execute(NUMBERS.getOrDefault(golden.name(), 0), context, in, out);

            assertThat(CudaResult.name(result)).isEqualTo("CUDA_SUCCESS");
            assertThat(driver.calls()).isEqualTo(1);
            in.end();
            checkReply(golden, new Reader(reply.asSlice(0, out.finish())), context.handles());
            checkMade(golden, context.handles());
        }
    }

    private static CallContext context(GoldenDriver driver, MemoryLedger ledger) {
        return new CallContext(
                proxy(CudaDriver.class, driver),
                ledger,
                proxy(Waits.class, GoldenDispatchTest::unused),
                proxy(Replies.class, GoldenDispatchTest::unused),
                proxy(Payloads.class, GoldenDispatchTest::unused),
                Runnable::run);
    }

    private static Object unused(Object proxy, Method method, Object[] arguments) {
        throw new AssertionError("a generated call has no use for " + method);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static void bindHandles(GoldenCalls.Golden golden, HandleTable handles) {
        for (GoldenCalls.Line line : golden.lines()) {
            if (line.word().equals("in")) {
                MemorySegment value = MemorySegment.ofArray(line.bytes());
                GoldenDriver.handlesIn(line).forEach((at, kind) -> {
                    long wire = value.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
                    if (wire != 0) {
                        handles.bind(kind, wire, GoldenDriver.nativeOf(wire));
                    }
                });
            }
        }
    }

    private static void checkReply(GoldenCalls.Golden golden, Reader in, HandleTable handles) {
        for (GoldenCalls.Line line : golden.lines()) {
            if (!line.word().equals("out")) {
                continue;
            }
            boolean inout = golden.first(line.name()).word().equals("in");
            if (line.optional() && !inout) {
                assertThat(in.readPresent()).isTrue();
            }
            byte[] expected = GoldenDriver.asDriverSees(line);
            if (line.is("array:")) {
                in.readU64();
            }
            byte[] actual = expected.length == Integer.BYTES && !line.is("struct:")
                    ? MemorySegment.ofArray(new int[] {in.readU32()}).toArray(ValueLayout.JAVA_BYTE)
                    : in.readBlock(expected.length).toArray(ValueLayout.JAVA_BYTE);
            MemorySegment value = MemorySegment.ofArray(actual);
            GoldenDriver.handlesIn(line).forEach((at, kind) -> {
                long wire = value.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
                value.set(ValueLayout.JAVA_LONG_UNALIGNED, at, handles.nativeOf(kind, wire));
            });
            assertThat(HexFormat.of().formatHex(actual))
                    .as(line.name())
                    .isEqualTo(HexFormat.of().formatHex(expected));
        }
        in.end();
    }

    private static void checkMade(GoldenCalls.Golden golden, HandleTable handles) {
        for (GoldenCalls.Line line : golden.lines()) {
            if (line.word().equals("make")) {
                HandleKind kind = line.kind();
                long wire = MemorySegment.ofArray(line.bytes()).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
                assertThat(handles.nativeOf(kind, wire)).isEqualTo(GoldenDriver.nativeOf(wire));
            }
        }
    }
}
