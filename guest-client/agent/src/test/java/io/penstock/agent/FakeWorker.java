package io.penstock.agent;

import io.penstock.protocol.link.Acceptor;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkException;
import io.penstock.protocol.link.LinkReceiver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** The worker's end of sessions: answers HELLO with WELCOME and every call with a reply that repeats its thread and body. */
final class FakeWorker implements Acceptor {
    final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
    final BlockingQueue<String> closed = new LinkedBlockingQueue<>();
    final BlockingQueue<Link> links = new LinkedBlockingQueue<>();
    final List<BulkLink> bulk = new CopyOnWriteArrayList<>();

    /** What came by bulk connections, at its place. */
    final byte[] payload = new byte[8 << 20];

    /** What each call takes; the test's to change. */
    volatile Duration pause = Duration.ZERO;

    private volatile long received;

    @Override
    public void control(Link link) {
        links.add(link);
        link.open(new LinkReceiver() {
            @Override
            public void frame(MemorySegment source, long offset, int length) {
                byte[] frame = source.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
                frames.add(frame);
                int type = Frames.type(source, offset);
                if (type == Frames.HELLO) {
                    send(link, Frames.WELCOME, 0, 0, new byte[8]);
                } else if (type >= Frames.FIRST_CALL) {
                    byte[] body = new byte[frame.length - Frames.HEADER_BYTES];
                    System.arraycopy(frame, Frames.HEADER_BYTES, body, 0, body.length);
                    pause();
                    send(link, type, Frames.FLAG_REPLY, Frames.thread(source, offset), body);
                }
            }

            @Override
            public void closed(String reason) {
                closed.add(reason);
            }
        });
    }

    @Override
    public void bulk(BulkLink link, String ticket) throws LinkException {
        if (!FakePool.BULK_TICKETS.contains(ticket)) {
            throw new LinkException("ticket " + ticket);
        }
        bulk.add(link);
        link.open(new ChunkSink() {
            private long position;

            @Override
            public boolean begin(long id, long at, int length) {
                position = at;
                return true;
            }

            @Override
            public void end() {}

            @Override
            public void bytes(MemorySegment source, long offset, int count) {
                MemorySegment.copy(source, offset, MemorySegment.ofArray(payload), position, count);
                position += count;
                synchronized (FakeWorker.this) {
                    received += count;
                }
            }

            @Override
            public void closed(String reason) {}
        });
    }

    /** Payload bytes that came. */
    long received() {
        return received;
    }

    private void pause() {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends a frame. */
    static void send(Link link, int type, int flags, int thread, byte[] body) {
        MemorySegment frame = MemorySegment.ofArray(new byte[Frames.HEADER_BYTES + body.length]);
        frame.set(Frames.U32, 0, (int) frame.byteSize());
        frame.set(Frames.U16, 4, (short) type);
        frame.set(Frames.U16, 6, (short) flags);
        frame.set(Frames.U32, 8, thread);
        MemorySegment.copy(MemorySegment.ofArray(body), 0, frame, Frames.HEADER_BYTES, body.length);
        link.send(frame, 0, frame.byteSize());
    }

    /** Sends payload in chunks, by both bulk connections in turn. */
    void sendPayload(long id, byte[] bytes) {
        MemorySegment memory = Arena.ofAuto().allocate(bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
        List<BulkLink> all = new ArrayList<>(bulk);
        int chunk = 100_000;
        for (int at = 0, turn = 0; at < bytes.length; at += chunk, turn++) {
            int size = Math.min(chunk, bytes.length - at);
            all.get(turn % all.size())
                    .send(id, at, memory.asSlice(at, size), () -> memory.get(ValueLayout.JAVA_BYTE, 0));
        }
    }
}
