package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks of a launch that fit a GPU are there at the same time, whatever order its threads take them in. */
@Timeout(60)
final class ResidencyTest {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /** The pool that futures have may have one thread only. */
    private static final Executor OWN_THREAD = task -> Thread.ofPlatform().start(task);

    /** All blocks but the last wait for it. */
    private static final String AWAIT_LAST = """
            .version 7.0
            .target sm_80
            .address_size 64
            .visible .entry k(.param .u64 flag) {
              .reg .pred %p<3>; .reg .b32 %r<5>; .reg .b64 %rd<2>;
              ld.param.u64 %rd1, [flag];
              mov.u32 %r1, %ctaid.x; mov.u32 %r2, %nctaid.x; sub.u32 %r2, %r2, 1;
              setp.eq.u32 %p1, %r1, %r2;
              @%p1 bra LAST;
            WAIT:
              LOAD %r3, [%rd1];
              setp.eq.u32 %p2, %r3, 0;
              @%p2 bra WAIT;
              ret;
            LAST:
              st.volatile.global.u32 [%rd1], 1;
              ret;
            }
            """;

    private static final String ALLOCATE = """
            .version 7.0
            .target sm_80
            .address_size 64
            .extern .func (.param .b64 address) malloc (.param .b64 bytes);
            .visible .entry k() {
              .reg .b64 %rd<3>;
              mov.u64 %rd1, 16;
              {
                .param .b64 bytes; .param .b64 address;
                st.param.b64 [bytes], %rd1;
                call.uni (address), malloc, (bytes);
                ld.param.b64 %rd2, [address];
              }
              ret;
            }
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ld.volatile.global.u32", "ld.acquire.gpu.global.u32", "ld.global.u32"})
    void blocksMayWaitForOneThatTheProcessorsHaveNotReached(String load) throws PtxException {
        MemorySegment flag = device.ints(0);
        device.run(AWAIT_LAST.replace("LOAD", load), LaunchShape.of(4 * PROCESSORS, 64), flag);
        assertThat(flag.get(ValueLayout.JAVA_INT, 0)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void blocksAreSharedOutAmongTheProcessors(boolean cooperative) throws PtxException {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        CountDownLatch second = new CountDownLatch(Math.min(2, PROCESSORS));
        device.atMalloc = () -> {
            if (threads.add(Thread.currentThread())) {
                second.countDown();
            }
            await(second);
        };
        device.run(ALLOCATE, new LaunchShape(8, 1, 1, 32, 1, 1, 0, cooperative));
        assertThat(threads).hasSizeGreaterThanOrEqualTo(Math.min(2, PROCESSORS));
    }

    /** What a kernel left undone must not look done, whichever of the threads failed. */
    @Test
    void aThreadThatFailsFailsTheLaunch() {
        Thread launching = Thread.currentThread();
        CountDownLatch failed = new CountDownLatch(1);
        device.atMalloc = () -> {
            if (PROCESSORS == 1 || Thread.currentThread() != launching) {
                failed.countDown();
                throw new IllegalStateException("a fault of ours");
            }
            await(failed);
        };
        assertThatThrownBy(() -> device.run(ALLOCATE, new LaunchShape(8, 1, 1, 32, 1, 1, 0, false)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a fault of ours");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** The threads that help are all taken: whoever launches does the work alone. */
    @Test
    void aLaunchEndsWhileAnotherOneRunsForEver() throws Exception {
        TestDevice busy = new TestDevice();
        CompletableFuture<Void> endless = CompletableFuture.runAsync(() -> launchForEver(busy), OWN_THREAD);
        CompletableFuture<Void> brief = CompletableFuture.runAsync(
                () -> {
                    try {
                        device.run(
                                AWAIT_LAST.replace("LOAD", "ld.volatile.global.u32"),
                                LaunchShape.of(64, 32),
                                device.ints(1));
                    } catch (PtxException wrong) {
                        throw new AssertionError(wrong);
                    }
                },
                OWN_THREAD);
        try {
            brief.get(20, TimeUnit.SECONDS);
        } finally {
            busy.cancelled = true;
            awaitEnd(endless);
            busy.close();
        }
    }

    private static void launchForEver(TestDevice busy) {
        try {
            busy.run(
                    AWAIT_LAST
                            .replace("st.volatile.global.u32 [%rd1], 1", "bra WAIT")
                            .replace("LOAD", "ld.global.u32"),
                    LaunchShape.of(4 * PROCESSORS, 32),
                    busy.ints(0));
        } catch (PtxException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static void awaitEnd(CompletableFuture<Void> endless) throws InterruptedException {
        try {
            endless.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException cancelled) {
            assertThat(cancelled).hasCauseInstanceOf(PtxFault.class);
        } catch (TimeoutException never) {
            throw new AssertionError("a cancelled launch goes on", never);
        }
    }
}
