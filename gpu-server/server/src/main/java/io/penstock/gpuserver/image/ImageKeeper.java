package io.penstock.gpuserver.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's use of its client's images. New ones are written behind the program's back, on a thread of its own; an
 * image that would make too many bytes wait for the disk is not kept, it comes again. Any thread.
 */
public final class ImageKeeper {
    private static final Logger log = LoggerFactory.getLogger(ImageKeeper.class);
    private static final long WAITING_BYTES_MAX = 1L << 30;

    private final ImageCache cache;
    private final ThreadPoolExecutor writer = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("images").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    private final AtomicLong waiting = new AtomicLong();

    public ImageKeeper(ImageCache cache) {
        this.cache = cache;
    }

    /** Whether it is worth while to look for it. */
    public boolean mayHave(ImageDigest digest) {
        return cache.mayHave(digest);
    }

    /** The image with a zero byte behind it, or null; reads and hashes the file. */
    public @Nullable MemorySegment find(ImageDigest digest, Arena arena) {
        return cache.find(digest, arena);
    }

    /** Keeps an image soon. Its memory must not change and must live as long as it is reachable. */
    public void keep(ImageDigest digest, MemorySegment image) {
        long bytes = image.byteSize();
        if (waiting.addAndGet(bytes) > WAITING_BYTES_MAX) {
            waiting.addAndGet(-bytes);
            log.info("image {} of {} bytes is not kept: too many wait", digest.hex(), bytes);
            return;
        }
        writer.execute(() -> {
            try {
                cache.keep(digest, image);
            } finally {
                waiting.addAndGet(-bytes);
            }
        });
    }

    /** Gives what waits some time to be written; what comes later is not kept. */
    public void finish(Duration patience) throws InterruptedException {
        writer.shutdown();
        if (!writer.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            log.info("{} bytes of images were not written in time", waiting.get());
        }
    }
}
