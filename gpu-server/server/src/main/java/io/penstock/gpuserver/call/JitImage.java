package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A module image in memory, with a zero byte behind it, and the options it is loaded with.
 *
 * @param address native memory of the arena it was read into
 */
record JitImage(long address, JitOptions options) {
    /** Bytes of an image's SHA-256. */
    private static final int DIGEST_BYTES = 32;

    /** Larger images are refused; the largest library of today's frameworks is some hundred MiB. */
    private static final long IMAGE_BYTES_MAX = 2L << 30;

    /** Reads digest, payload and options; null when the client sent only the digest. */
    static @Nullable JitImage read(CallContext context, Reader in, Arena arena) {
        in.readStruct(DIGEST_BYTES);
        long total = in.readU64();
        JitImage image = readPayload(context, in, arena, total);
        return total == 0 ? null : image;
    }

    /** Reads the rest of a payload whose total has been read, and options. */
    static JitImage readPayload(CallContext context, Reader in, Arena arena, long total) {
        long id = in.readU64();
        if (total < 0 || total > (id == 0 ? Limits.INLINE_PAYLOAD_BYTES_MAX : IMAGE_BYTES_MAX)) {
            throw new ProtocolException(
                    "image of " + Long.toUnsignedString(total) + " bytes; at most " + IMAGE_BYTES_MAX);
        }
        MemorySegment image = arena.allocate(total + 1, 16);
        if (id == 0) {
            image.copyFrom(in.readBlock(total));
        } else if (CopyExecutors.whole(context, id, total, image.address()) != CudaResult.SUCCESS) {
            throw new ProtocolException("image payload " + id + " did not arrive");
        }
        return new JitImage(image.address(), JitOptions.read(in, arena, true));
    }
}
