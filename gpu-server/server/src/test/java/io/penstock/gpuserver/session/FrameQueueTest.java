package io.penstock.gpuserver.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Frames leave whole and in order, however often the ring goes round; a full ring refuses. */
@Timeout(30)
final class FrameQueueTest {
    private final FrameQueue queue = new FrameQueue(4096, 0);

    @Test
    void framesOfEverySizeGoThroughInOrder() throws Exception {
        int frames = 20_000;
        Thread producer = Thread.ofPlatform().start(() -> {
            Random random = new Random(5);
            MemorySegment frame = Arena.ofAuto().allocate(1024, 8);
            for (int i = 0; i < frames; i++) {
                int length = 32 + random.nextInt(900);
                frame.set(ValueLayout.JAVA_INT, 0, i);
                frame.set(ValueLayout.JAVA_BYTE, length - 1, (byte) i);
                while (!queue.offer(frame, 0, length)) {
                    queue.publish();
                    Thread.onSpinWait();
                }
                queue.publish();
            }
            queue.close();
        });
        Random random = new Random(5);
        for (int i = 0; i < frames; i++) {
            long frame = queue.take();
            int length = 32 + random.nextInt(900);
            assertThat(queue.length(frame)).isEqualTo(length);
            assertThat(queue.memory().get(ValueLayout.JAVA_INT, frame)).isEqualTo(i);
            assertThat(queue.memory().get(ValueLayout.JAVA_BYTE, frame + length - 1))
                    .isEqualTo((byte) i);
            queue.release(frame);
        }
        assertThat(queue.take()).isEqualTo(-1);
        producer.join();
    }

    @Test
    void aFullRingRefusesUntilSomethingIsReleased() {
        MemorySegment frame = Arena.ofAuto().allocate(1000, 8);
        int taken = 0;
        while (queue.offer(frame, 0, 1000)) {
            taken++;
        }
        assertThat(taken).isEqualTo(4);
        queue.publish();
        queue.release(queue.take());
        assertThat(queue.offer(frame, 0, 1000)).isTrue();
    }

    @Test
    void aTaskWakesTheSleepingExecutor() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        Thread consumer =
                Thread.ofPlatform().start(() -> assertThat(queue.take()).isEqualTo(-1));
        TimeUnit.MILLISECONDS.sleep(20);
        queue.post(ran::countDown);
        assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
        queue.close();
        consumer.join();
    }
}
