package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several threads of one program at once, each checking that its own work is done, all of it, and in its order. */
@Timeout(60)
final class ConcurrencyTest {
    private static final int THREADS = 6;
    private static final int ROUNDS = 150;

    @Test
    void threadsWithStreamsOfTheirOwnSeeTheirOwnOrder() throws Exception {
        try (CudaProgram program = CudaProgram.started();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            long context = program.longFrom(program.cuda::cuCtxGetCurrent);
            List<Future<Integer>> done = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int seed = thread;
                done.add(threads.submit(() -> runOne(program, context, seed)));
            }
            int rounds = 0;
            for (Future<Integer> one : done) {
                rounds += one.get();
            }
            assertThat(rounds).isEqualTo(THREADS * ROUNDS);
            ok(program.cuda.cuCtxSynchronize());
            assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
        }
    }

    /** Fills, copies, waits across two streams, and frees, with the legacy stream in between now and then. */
    private static int runOne(CudaProgram program, long context, int seed) {
        SoftwareCudaDriver cuda = program.cuda;
        Random random = new Random(seed);
        ok(cuda.cuCtxSetCurrent(context));
        long first = program.longFrom(at -> cuda.cuStreamCreate(at, seed % 2));
        long second = program.longFrom(at -> cuda.cuStreamCreate(at, Stream.NON_BLOCKING));
        long event = program.longFrom(at -> cuda.cuEventCreate(at, 0));
        long pinned = program.longFrom(at -> cuda.cuMemHostAlloc(at, 4, 0));
        for (int round = 0; round < ROUNDS; round++) {
            int bytes = 4 * (1 + random.nextInt(600_000));
            int mark = random.nextInt();
            long source = program.longFrom(at -> cuda.cuMemAllocAsync(at, bytes, first));
            long target = program.alloc(bytes);
            ok(cuda.cuMemsetD32Async(source, mark, bytes / 4, first));
            ok(cuda.cuEventRecord(event, first));
            ok(cuda.cuStreamWaitEvent(second, event, 0));
            ok(cuda.cuMemcpyDtoDAsync_v2(target, source, bytes, second));
            ok(cuda.cuMemcpyDtoHAsync_v2(pinned, target + bytes - 4, 4, second));
            if (random.nextInt(10) == 0) {
                ok(cuda.cuMemsetD8Async(target, 0, 1, 0));
            }
            ok(cuda.cuStreamSynchronize(second));
            assertThat(NativeMemory.getInt(pinned)).isEqualTo(mark);
            ok(cuda.cuMemFreeAsync(source, second));
            ok(cuda.cuMemFree_v2(target));
        }
        ok(cuda.cuStreamDestroy_v2(first));
        ok(cuda.cuStreamDestroy_v2(second));
        return ROUNDS;
    }
}
