package io.penstock.protocol.identity;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** What a daemon holds for as long as it works upon a state folder: the lock of its file {@code lock}, which ends with the process. */
public final class StateLock implements AutoCloseable {
    private final FileChannel file;

    private StateLock(FileChannel file) {
        this.file = file;
    }

    /**
     * Takes it; empty where another one has it.
     *
     * @param folder is there and can be written to
     */
    public static Optional<StateLock> take(Path folder) throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            FileLock lock = file.tryLock();
            held = lock != null;
        } catch (OverlappingFileLockException e) {
            held = false; // by another part of this process
        } finally {
            if (!held) {
                file.close();
            }
        }
        return held ? Optional.of(new StateLock(file)) : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
