package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.Pending;
import io.penstock.gpuserver.call.Replies;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameHeader;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Writer;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.Link;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything the worker tells its client. Numbers the frames; a sender waits while the link has too much under way.
 * Any thread but the event loops.
 */
final class Downlink implements Replies {
    private static final int REPLY_BYTES = 16;
    private static final long BULK_WAIT_SECONDS = 10;

    private final Link link;
    private final Runnable before;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final MemorySegment frame = Arena.ofAuto().allocate(Limits.FRAME_BYTES_MAX, 8);
    private final Writer writer = new Writer(frame);
    private long sequence;

    private volatile @Nullable CudaDriver driver;

    private final ReentrantLock bulkLock = new ReentrantLock();
    private final Condition bulkCame = bulkLock.newCondition();
    // guarded by bulkLock
    private final List<BulkLink> bulk = new ArrayList<>();
    private int nextBulk;

    /** @param before sends text that kernels have printed and memory that they changed: before what may tell them done */
    Downlink(Link link, Runnable before) {
        this.link = link;
        this.before = before;
    }

    /** The driver that is asked from now on whether an error has ended the context of the call that returned it. */
    void judgeBy(CudaDriver opened) {
        driver = opened;
    }

    void addBulk(BulkLink connection) {
        bulkLock.lock();
        try {
            bulk.add(connection);
            bulkCame.signalAll();
        } finally {
            bulkLock.unlock();
        }
    }

    @Override
    public void finish(Pending call, int result, Consumer<Writer> outs) {
        if (call.posted()) {
            if (result != CudaResult.SUCCESS) {
                failed(call, result);
            }
            return;
        }
        if (ends(call, result)) {
            failed(call, result);
        }
        put(call.number(), FrameHeader.REPLY, call.thread(), 0, body -> {
            body.putU64(call.sequence()).putI32(result).putU32(0);
            if (result == CudaResult.SUCCESS || AlwaysAnswered.is(call.number())) {
                outs.accept(body);
            }
        });
        link.leave();
    }

    /**
     * Executor thread: sends a reply whose out-parameters are in place already, from byte 48 of {@code reply} on.
     *
     * @param outBytes of out-parameters, a multiple of 8
     * @param idle whether the executor has nothing else to do, and therefore sends it itself
     */
    void reply(Pending call, int result, MemorySegment reply, long outBytes, boolean idle) {
        if (ends(call, result)) {
            failed(call, result);
        }
        before.run();
        awaitRoom();
        lock.lock();
        try {
            int length = (int) (FrameHeader.BYTES + REPLY_BYTES + outBytes);
            new FrameHeader(length, call.number(), FrameHeader.REPLY, call.thread(), 0, ++sequence, 0).write(reply, 0);
            writer.reset(reply.asSlice(FrameHeader.BYTES, REPLY_BYTES));
            writer.putU64(call.sequence()).putI32(result).putU32(0);
            link.sendWithNext(reply, 0, length);
        } finally {
            lock.unlock();
        }
        if (idle) {
            link.leave();
        } else {
            link.leaveSoon();
        }
    }

    /** Whether the call's result is the end of the context in which its caller was. */
    private boolean ends(Pending call, int result) {
        CudaDriver judge = driver;
        return judge != null && StickyError.is(result) && StickyError.hasEnded(judge, call.caller());
    }

    /** Tells the client's thread that a call it did not wait for has failed, or everybody that its context is lost. */
    void failed(Pending call, int result) {
        boolean sticky = ends(call, result);
        String text = CallNumbers.name(call.number()) + " returned " + CudaResult.name(result);
        Consumer<Writer> body = out -> out.putU64(call.sequence())
                .putU32(call.number())
                .putI32(result)
                .putU32(sticky ? 1 : 0)
                .putString(text);
        send(FrameType.FAILED, 0, call.thread(), sticky ? call.caller().index() : 0, body);
    }

    @Override
    public void send(int type, int thread, Consumer<Writer> body) {
        send(type, 0, thread, 0, body);
    }

    @Override
    public void sendData(int thread, Consumer<Writer> body) {
        put(FrameType.DATA, 0, thread, 0, body);
    }

    @Override
    public void leave() {
        link.leave();
    }

    private void send(int type, int flags, int thread, int context, Consumer<Writer> body) {
        put(type, flags, thread, context, body);
        link.leaveSoon();
    }

    /** What is put leaves with what is sent next, or when its caller has it leave. */
    private void put(int type, int flags, int thread, int context, Consumer<Writer> body) {
        if (type != FrameType.OUTPUT && type != FrameType.MAPPED) {
            before.run();
        }
        awaitRoom();
        lock.lock();
        try {
            writer.reset(frame.asSlice(FrameHeader.BYTES));
            body.accept(writer);
            int length = (int) (FrameHeader.BYTES + writer.finish());
            boolean sequenced = type >= FrameType.FIRST_CALL || FrameType.sequenced(type);
            new FrameHeader(length, type, flags, thread, context, sequenced ? ++sequence : 0, 0).write(frame, 0);
            link.sendWithNext(frame, 0, length);
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom() {
        try {
            link.awaitWritable();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void payload(long id, long address, long bytes) throws InterruptedException {
        int chunk =
                bytes < Limits.BULK_PAYLOAD_BYTES_LARGE ? Limits.BULK_CHUNK_BYTES_SMALL : Limits.BULK_CHUNK_BYTES_MAX;
        CountDownLatch taken = new CountDownLatch((int) ((bytes + chunk - 1) / chunk));
        for (long at = 0; at < bytes; at += chunk) {
            long part = Math.min(chunk, bytes - at);
            BulkLink to = nextBulk();
            if (to == null) {
                link.close("a payload of " + bytes + " bytes is due and there is no bulk connection");
                throw new ProtocolException("no bulk connection");
            }
            to.awaitWritable();
            to.send(id, at, NativeMemory.all().asSlice(address + at, part), taken::countDown);
        }
        taken.await();
    }

    private @Nullable BulkLink nextBulk() throws InterruptedException {
        bulkLock.lock();
        try {
            long left = TimeUnit.SECONDS.toNanos(BULK_WAIT_SECONDS);
            bulk.removeIf(each -> each.closeReason() != null);
            while (bulk.isEmpty() && left > 0) {
                left = bulkCame.awaitNanos(left);
            }
            return bulk.isEmpty() ? null : bulk.get(nextBulk++ % bulk.size());
        } finally {
            bulkLock.unlock();
        }
    }

    /** Ends every bulk connection with the session. */
    void close(String reason) {
        bulkLock.lock();
        try {
            bulk.forEach(each -> each.close(reason));
        } finally {
            bulkLock.unlock();
        }
    }
}
