package io.penstock.gpuserver.call;

import io.penstock.gpuserver.image.ImageDigest;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A module image, and the options it is loaded with. A client that has sent it before may only name it.
 *
 * @param digest of the image, as the client says
 * @param bytes what it sent, with a zero byte behind it; null when it only named the image
 */
record JitImage(ImageDigest digest, @Nullable MemorySegment bytes, JitOptions options) {
    /** Larger images are refused; the largest library of today's frameworks is some hundred MiB. */
    private static final long IMAGE_BYTES_MAX = 2L << 30;

    /** Reads digest, payload and options. What came in a payload of its own is kept for the next time. */
    static JitImage read(CallContext context, Reader in, Arena arena, ImageKeeper images) {
        ImageDigest digest = ImageDigest.read(in.readBlock(ImageDigest.BYTES));
        long total = in.readU64();
        MemorySegment bytes = readBytes(context, in, arena, total);
        if (total > Limits.INLINE_PAYLOAD_BYTES_MAX) {
            images.keep(digest, bytes);
        }
        return new JitImage(digest, total == 0 ? null : bytes, JitOptions.read(in, arena));
    }

    /** Reads the rest of a payload whose total has been read. */
    static MemorySegment readBytes(CallContext context, Reader in, Arena arena, long total) {
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
        return image.asSlice(0, total);
    }

    /** Whether the client has to send the bytes, as far as a quick look can tell. Executor thread. */
    boolean isMissing(ImageKeeper images) {
        return bytes == null && !images.mayHave(digest);
    }

    /** Where the image lies, now for certain; 0 when the client has to send it. Reads a file: not on the executor. */
    long address(ImageKeeper images, Arena arena) {
        MemorySegment found = bytes == null ? images.find(digest, arena) : bytes;
        return found == null ? 0 : found.address();
    }
}
