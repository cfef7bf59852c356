package io.penstock.gpuserver.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind an image in its file: eight zero bytes, which end a text that is used where it lies, then the image's
 * CRC-32C and the low half of its length, little-endian.
 */
final class ImageTrailer {
    static final int BYTES = 16;

    private static final int ZEROS = 8;
    private static final long SLICE_BYTES = 1L << 30;

    private ImageTrailer() {}

    /** The trailer of an image. */
    static byte[] of(MemorySegment image) {
        ByteBuffer trailer = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        trailer.position(ZEROS).putInt(checksum(image)).putInt((int) image.byteSize());
        return trailer.array();
    }

    /**
     * The image in a file, where it lies.
     *
     * @param bytes of the file
     * @return null when it is not what was written
     */
    static @Nullable MemorySegment checked(FileChannel file, long bytes, Arena arena) throws IOException {
        if (bytes < BYTES) {
            return null;
        }
        MemorySegment whole = file.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
        MemorySegment image = whole.asSlice(0, bytes - BYTES);
        MemorySegment trailer = whole.asSlice(bytes - BYTES);
        return trailer.mismatch(MemorySegment.ofArray(of(image))) == -1 ? image : null;
    }

    private static int checksum(MemorySegment image) {
        CRC32C sum = new CRC32C();
        for (long at = 0; at < image.byteSize(); at += SLICE_BYTES) {
            sum.update(image.asSlice(at, Math.min(SLICE_BYTES, image.byteSize() - at))
                    .asByteBuffer());
        }
        return (int) sum.getValue();
    }
}
