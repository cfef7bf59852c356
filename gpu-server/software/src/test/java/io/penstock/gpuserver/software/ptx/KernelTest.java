package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What nvcc makes of kernels.cu, run and compared with the same computed here. */
@Timeout(60)
final class KernelTest {
    private static final String TEXT = text();

    private final TestDevice device = new TestDevice();
    private PtxModule module;

    private static String text() {
        try (InputStream in = KernelTest.class.getResourceAsStream("/ptx/kernels.ptx")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException missing) {
            throw new AssertionError(missing);
        }
    }

    @BeforeEach
    void load() throws PtxException {
        module = device.load(TEXT);
    }

    @AfterEach
    void close() {
        device.close();
    }

    private PtxKernel kernel(String name) {
        return TestDevice.kernel(module, name);
    }

    private static int[] ints(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_INT);
    }

    @Test
    void saxpyTouchesNothingBeyondItsLastElement() {
        int n = 1000;
        float[] x = new float[n];
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = i * 0.25f;
            y[i] = 1000 - i;
        }
        MemorySegment dx = device.floats(x);
        MemorySegment dy = device.floats(y);
        device.launch(kernel("saxpy"), LaunchShape.of(4, 256), n, 2.5f, dx, dy);
        float[] result = dy.toArray(ValueLayout.JAVA_FLOAT);
        for (int i = 0; i < n; i++) {
            assertThat(result[i]).isEqualTo(Math.fma(2.5f, x[i], y[i]));
        }
    }

    @Test
    void tiledMatrixProductEqualsThePlainOne() {
        int n = 48;
        Random random = new Random(1);
        float[] a = new float[n * n];
        float[] b = new float[n * n];
        for (int i = 0; i < n * n; i++) {
            a[i] = random.nextFloat();
            b[i] = random.nextFloat();
        }
        MemorySegment c = device.allocate(4L * n * n);
        LaunchShape shape = new LaunchShape(n / 16, n / 16, 1, 16, 16, 1, 0, false);
        device.launch(kernel("matmul"), shape, device.floats(a), device.floats(b), c, n);
        float[] result = c.toArray(ValueLayout.JAVA_FLOAT);
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < n; column++) {
                float sum = 0;
                for (int k = 0; k < n; k++) {
                    sum = Math.fma(a[row * n + k], b[k * n + column], sum);
                }
                assertThat(result[row * n + column]).isEqualTo(sum);
            }
        }
    }

    @Test
    void reductionWithShufflesAndAtomicsCountsEveryElementOnce() {
        int n = 100_000;
        int[] x = new Random(2).ints(n, -1000, 1000).toArray();
        long sum = 0;
        int largest = Integer.MIN_VALUE;
        for (int value : x) {
            sum += value;
            largest = Math.max(largest, value);
        }
        MemorySegment total = device.allocate(8);
        MemorySegment most = device.ints(Integer.MIN_VALUE);
        device.launch(kernel("reduce"), LaunchShape.of(37, 128), device.ints(x), n, total, most);
        assertThat(total.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(sum);
        assertThat(most.get(ValueLayout.JAVA_INT, 0)).isEqualTo(largest);
    }

    @Test
    void lanesOfOneWarpLoopEachTheirOwnNumberOfTimes() {
        int n = 77;
        int[] start = new int[n];
        for (int i = 0; i < n; i++) {
            start[i] = 1 + i * 13;
        }
        MemorySegment steps = device.allocate(4L * n);
        device.launch(kernel("collatz"), LaunchShape.of(2, 64), device.ints(start), steps, n);
        int[] result = ints(steps);
        for (int i = 0; i < n; i++) {
            int count = 0;
            for (long x = start[i]; x != 1; count++) {
                x = x % 2 == 0 ? x / 2 : 3 * x + 1;
            }
            assertThat(result[i]).as("start %d", start[i]).isEqualTo(count);
        }
    }

    @Test
    void threadsThatHaveLeftAreNotAwaitedAtABarrier() {
        int n = 70;
        int[] data = new int[128];
        for (int i = 0; i < data.length; i++) {
            data[i] = i;
        }
        MemorySegment memory = device.ints(data);
        device.launch(kernel("earlyExit"), new LaunchShape(1, 1, 1, 128, 1, 1, 4 * n, false), memory, n);
        int[] result = ints(memory);
        for (int i = 0; i < data.length; i++) {
            assertThat(result[i]).isEqualTo(i < n ? (i + 5) % n : i);
        }
    }

    @Test
    void recursionAndIndirectCallsGoADifferentWayInEachLane() {
        int[] fibonacci = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89};
        MemorySegment out = device.allocate(4 * 64);
        device.launch(kernel("recursion"), LaunchShape.of(1, 64), out);
        for (int i = 0; i < 64; i++) {
            assertThat(ints(out)[i]).isEqualTo(fibonacci[i % 12]);
        }
        device.launch(kernel("indirect"), LaunchShape.of(1, 64), out);
        for (int i = 0; i < 64; i++) {
            int expected = i % 3 == 0 ? 2 * i : i % 3 == 1 ? i * i : -i;
            assertThat(ints(out)[i]).isEqualTo(expected);
        }
    }

    @Test
    void aBarrierInsideACalledFunctionStopsTheCallersToo() {
        int[] data = new Random(3).ints(256).toArray();
        MemorySegment memory = device.ints(data);
        device.launch(kernel("barrierInFunction"), LaunchShape.of(1, 256), memory);
        for (int i = 0; i < 256; i++) {
            assertThat(ints(memory)[i]).isEqualTo(data[255 - i] + 1);
        }
    }

    @Test
    void structuresConstantsAndPointersBetweenVariablesAreWhereTheyBelong() {
        byte[] shape = new byte[32];
        MemorySegment view = MemorySegment.ofArray(shape);
        view.set(ValueLayout.JAVA_BYTE, 0, (byte) 5);
        view.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8, 1.5);
        for (int i = 0; i < 3; i++) {
            view.set(ValueLayout.JAVA_INT_UNALIGNED, 16 + 4 * i, 100 * (i + 1));
        }
        MemorySegment out = device.allocate(4 * 32);
        assertThat(kernel("parameters").params()).containsExactly(new PtxParam(0, 32, 8), new PtxParam(32, 8, 8));
        device.launch(kernel("parameters"), LaunchShape.of(1, 32), shape, out);
        for (int i = 0; i < 32; i++) {
            assertThat(ints(out)[i]).isEqualTo(5 + 3 + 100 * (i % 3 + 1) + 10 * (i % 4 + 1) + 7);
        }
    }

    @Test
    void printfFormatsAsCDoes() {
        device.launch(kernel("print"), LaunchShape.of(1, 32), -12);
        assertThat(device.printed()).isEqualTo("n=-12 text| 3.14|-12 |1099511627776 z ff %\n");
    }

    @Test
    void aFailedAssertionSaysWhereAndFaults() {
        assertThatThrownBy(() -> device.launch(kernel("fails"), LaunchShape.of(1, 32), 20))
                .isInstanceOfSatisfying(
                        PtxFault.class,
                        fault -> assertThat(fault.kind().cudaResult()).isEqualTo(710));
        assertThat(device.printed()).isEmpty();
        assertThat(device.complaints().lines())
                .as("a line for each lane that fails")
                .hasSize(12)
                .allMatch(line -> line.endsWith("Assertion `threadIdx.x < limit` failed."))
                .first(InstanceOfAssertFactories.STRING)
                .contains("thread: [20,0,0]");
    }

    @Test
    void anEndlessKernelCanBeCancelled() throws InterruptedException {
        MemorySegment flag = device.ints(0);
        Thread canceller = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException early) {
                Thread.currentThread().interrupt();
            }
            device.cancelled = true;
        });
        assertThatThrownBy(() -> device.launch(kernel("endless"), LaunchShape.of(4, 64), flag))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.LAUNCH_TIMEOUT));
        canceller.join();
    }

    @Test
    void aWarpThatWaitsForAnotherLetsItRun() {
        MemorySegment flag = device.ints(0);
        MemorySegment out = device.ints(0);
        device.launch(kernel("handshake"), LaunchShape.of(1, 64), flag, out);
        assertThat(ints(out)[0]).isEqualTo(42);
    }

    @Test
    void votesShufflesAndMatchesSeeTheRightLanes() {
        MemorySegment out = device.allocate(4 * 32 * 7);
        device.launch(kernel("votes"), LaunchShape.of(1, 32), out);
        int[] result = ints(out);
        for (int i = 0; i < 32; i++) {
            int[] expected = {
                0xaaaaaaaa,
                i < 3 ? i : i - 3,
                i ^ 5,
                i / 8 * 8 + (i + 1) % 8,
                0x11111111 << i % 4,
                69,
                i % 3 == 0 ? 11 : 0
            };
            assertThat(java.util.Arrays.copyOfRange(result, i * 7, i * 7 + 7))
                    .as("lane %d", i)
                    .isEqualTo(expected);
        }
    }

    @Test
    void theCompilersOwnMathematicsComesOutRight() {
        double[] x = {0.1, 1, -2.5, 100.25, 1e5, 3.7e-5, 12.0, -0.75};
        MemorySegment out = device.allocate(8L * 8 * x.length);
        device.launch(kernel("mathematics"), LaunchShape.of(1, 32), device.doubles(x), out, x.length);
        double[] result = out.toArray(ValueLayout.JAVA_DOUBLE);
        for (int i = 0; i < x.length; i++) {
            double a = Math.abs(x[i]);
            assertThat(result[i * 8]).isCloseTo(Math.sin(x[i]), within(1e-15));
            assertThat(result[i * 8 + 1]).isCloseTo(Math.exp(x[i]), within(Math.exp(x[i]) * 1e-15 + 1e-300));
            assertThat(result[i * 8 + 2]).isCloseTo(Math.log(a), within(1e-14));
            assertThat(result[i * 8 + 3]).isCloseTo(Math.pow(a, 1.7), within(Math.pow(a, 1.7) * 1e-14));
            assertThat(result[i * 8 + 4]).isCloseTo(Math.tanh((float) x[i]), within(3e-7));
            assertThat(result[i * 8 + 6]).isEqualTo(Math.sqrt(a));
            assertThat(result[i * 8 + 7]).isEqualTo(x[i] % 0.7);
        }
    }

    @Test
    void switchesTakeEachLaneToItsOwnCase() {
        MemorySegment out = device.allocate(4 * 96);
        device.launch(kernel("switches"), LaunchShape.of(1, 96), out);
        for (int i = 0; i < 96; i++) {
            int expected = switch (i % 7) {
                case 0 -> i * 3;
                case 1 -> i ^ 0x55;
                case 2 -> i << 4;
                case 3 -> i - 100;
                case 4 -> i / 3;
                case 5 -> ~i;
                default -> i * i;
            };
            assertThat(ints(out)[i]).isEqualTo(expected);
        }
    }

    @Test
    void theDevicesHeapIsTheDrivers() {
        MemorySegment slots = device.allocate(8 * 32);
        device.launch(kernel("heap"), LaunchShape.of(1, 32), slots);
        long[] addresses = slots.toArray(ValueLayout.JAVA_LONG);
        for (int i = 0; i < 32; i++) {
            assertThat(device.rangeOf(addresses[i]) != null).isEqualTo(i % 2 == 0);
        }
    }

    @Test
    void anAddressOutsideEveryAllocationFaultsAndDoesNotCrash() {
        MemorySegment data = device.ints(1, 2, 3, 4);
        for (int index : new int[] {4, -1, 1 << 30, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> device.launch(kernel("strayWrite"), LaunchShape.of(1, 1), data, index))
                    .isInstanceOfSatisfying(
                            PtxFault.class,
                            fault -> assertThat(fault.kind().cudaResult()).isEqualTo(700));
        }
        assertThatThrownBy(() -> device.launch(kernel("misaligned"), LaunchShape.of(1, 32), data))
                .isInstanceOfSatisfying(
                        PtxFault.class,
                        fault -> assertThat(fault.kind().cudaResult()).isEqualTo(716));
    }

    @Test
    void everyMethodOfGeneratedCodeIsSmallEnoughForHotSpot() throws Exception {
        for (PtxKernel kernel : module.kernels()) {
            assertThat(kernel.longestMethodBytes()).as(kernel.name()).isLessThan(8000);
        }
    }
}
