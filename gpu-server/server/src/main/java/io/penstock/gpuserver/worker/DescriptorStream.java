package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.driver.LibC;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes to a file descriptor, which Java can open by a file's name only. Any thread. */
final class DescriptorStream extends OutputStream {
    private static final int PIECE_BYTES = 8192;
    private static final int FIRST_FREE = 3;

    private final int descriptor;
    // guarded by this
    private final MemorySegment piece = Arena.ofAuto().allocate(PIECE_BYTES);

    private DescriptorStream(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Writes to where a descriptor leads now, wherever it will lead later. */
    static DescriptorStream copyOf(int descriptor) {
        int copy = LibC.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, FIRST_FREE);
        if (copy < 0) {
            throw new IllegalStateException("descriptor " + descriptor + " cannot be copied: error " + LibC.errno());
        }
        return new DescriptorStream(copy);
    }

    @Override
    public void write(int oneByte) throws IOException {
        write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        long written;
        for (int at = 0; at < length; at += (int) written) {
            int part = Math.min(length - at, PIECE_BYTES);
            MemorySegment.copy(bytes, offset + at, piece, ValueLayout.JAVA_BYTE, 0, part);
            written = LibC.write(descriptor, piece.address(), part);
            if (written < 0) {
                if (LibC.errno() != LibC.EINTR) {
                    throw new IOException("descriptor " + descriptor + ": error " + LibC.errno());
                }
                written = 0;
            }
        }
    }
}
