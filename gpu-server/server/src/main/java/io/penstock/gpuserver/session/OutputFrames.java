package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.Replies;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/** Text that kernels print, on its way to the program's own output. Any thread. */
final class OutputFrames extends OutputStream {
    private final Supplier<? extends Replies> replies;
    private final int descriptor;

    /**
     * @param replies the way to the client; waits for it where there is none yet
     * @param descriptor the program's
     */
    OutputFrames(Supplier<? extends Replies> replies, int descriptor) {
        this.replies = replies;
        this.descriptor = descriptor;
    }

    @Override
    public void write(int oneByte) {
        write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int part;
        for (int at = 0; at < length; at += part) {
            part = Math.min(length - at, Limits.INLINE_PAYLOAD_BYTES_MAX);
            MemorySegment text = MemorySegment.ofArray(bytes).asSlice(offset + (long) at, part);
            replies.get()
                    .send(FrameType.OUTPUT, 0, body -> body.putU32(descriptor).putBytes(text));
        }
    }
}
