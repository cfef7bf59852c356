package io.penstock.agent;

import io.penstock.protocol.link.Acceptor;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkReceiver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The worker's end of a rehearsed session: welcomes whoever comes, answers every call that is waited for with success, and
 * sends each payload back. Event loops only.
 */
final class RehearsedWorker implements Acceptor {
    private static final int REPLY_BYTES = Frames.HEADER_BYTES + 16;

    private volatile @Nullable BulkLink bulk;

    @Override
    public void control(Link link) {
        link.open(new Answers(link));
    }

    @Override
    public void bulk(BulkLink link, String ticket) {
        bulk = link;
        link.open(new Echo());
    }

    /** The control connection. */
    private static final class Answers implements LinkReceiver {
        private final Link link;
        private final MemorySegment reply = Arena.ofAuto().allocate(REPLY_BYTES, 8);
        private final MemorySegment welcome = Arena.ofAuto().allocate(Frames.HEADER_BYTES + 8, 8);
        private long sequence;
        private long called;

        Answers(Link link) {
            this.link = link;
            reply.set(Frames.U32, 0, REPLY_BYTES);
            reply.set(Frames.U16, 6, (short) Frames.FLAG_REPLY);
            welcome.set(Frames.U32, 0, (int) welcome.byteSize());
            welcome.set(Frames.U16, 4, (short) Frames.WELCOME);
        }

        @Override
        public void frame(MemorySegment source, long offset, int length) {
            int type = Frames.type(source, offset);
            if (type == Frames.HELLO) {
                link.send(welcome, 0, welcome.byteSize());
            } else if (type >= Frames.FIRST_CALL) {
                called = Frames.sequence(source, offset);
                link.acknowledge(called);
                if (CallKinds.isWaitedFor(type)) {
                    answer(type, Frames.thread(source, offset));
                }
            }
        }

        private void answer(int type, int thread) {
            reply.set(Frames.U16, 4, (short) type);
            reply.set(Frames.U32, 8, thread);
            reply.set(Frames.U64, 16, ++sequence);
            reply.set(Frames.U64, Frames.HEADER_BYTES, called);
            link.send(reply, 0, REPLY_BYTES);
        }

        @Override
        public void closed(String reason) {}
    }

    /** The bulk connection: a chunk goes back as it came. */
    private final class Echo implements ChunkSink {
        private long payload;
        private long position;
        private long filled;
        private MemorySegment chunk = MemorySegment.NULL;

        @Override
        public boolean begin(long id, long at, int length) {
            payload = id;
            position = at;
            filled = 0;
            chunk = Arena.ofAuto().allocate(length, 64);
            return true;
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) {
            MemorySegment.copy(source, offset, chunk, filled, count);
            filled += count;
        }

        @Override
        public void end() {
            BulkLink back = bulk;
            MemorySegment full = chunk;
            if (back != null) {
                back.send(payload, position, full, () -> full.get(ValueLayout.JAVA_BYTE, 0));
            }
        }

        @Override
        public void closed(String reason) {}
    }
}
