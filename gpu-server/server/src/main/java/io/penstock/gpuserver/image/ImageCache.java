package io.penstock.gpuserver.image;

import io.penstock.protocol.identity.PrivateFile;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's images as files. What is written here is hashed first, so a client that lies gets no code loaded under
 * another's name; what is read is compared with a checksum behind it, which tells a file that was damaged. Nobody but the
 * server may write here, so reading needs no digest, which takes a worker 10 ms a megabyte. Several workers may read, write
 * and evict at once: a file appears whole, by its renaming, and one that is gone is merely not there. A worker that is
 * killed leaves at most an unfinished file, which is evicted like any other. Any thread.
 */
public final class ImageCache {
    private static final Logger log = LoggerFactory.getLogger(ImageCache.class);
    private static final int PIECE_BYTES = 256 << 10;
    private static final String FOLDER_MODE = "rwx------";

    private final ImagePlace place;
    private final AtomicLong parts = new AtomicLong();

    /** A cache in this place; its folder is made when the first image is kept. */
    public ImageCache(ImagePlace place) {
        this.place = place;
    }

    /** Whether there is a file for it: a question, no promise, for others may evict it. */
    public boolean mayHave(ImageDigest digest) {
        return place.bytes() > 0 && Files.isRegularFile(file(digest), LinkOption.NOFOLLOW_LINKS);
    }

    /** The image, with a zero byte behind it, or null when it is not here; from now on it is the last to be evicted. */
    public @Nullable MemorySegment find(ImageDigest digest, Arena arena) {
        if (place.bytes() == 0) {
            return null;
        }
        Path file = file(digest);
        try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            requirePrivate(place.folder());
            MemorySegment image = ImageTrailer.checked(from, Math.min(from.size(), place.bytes()), arena);
            if (image == null) {
                log.warn("image {} is not what was written and is removed", file);
                Files.deleteIfExists(file);
                return null;
            }
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return image;
        } catch (NoSuchFileException gone) {
            return null;
        } catch (IOException unreadable) {
            log.warn("image {} cannot be read: {}", file, unreadable.toString());
            return null;
        }
    }

    /**
     * Keeps an image under the digest that its bytes really have to have.
     *
     * @return whether it is here now; not if its digest is another, if it is too large, or if the disk says no
     */
    public boolean keep(ImageDigest digest, MemorySegment image) {
        if (image.byteSize() + ImageTrailer.BYTES > place.bytes() || place.count() < 1) {
            return false;
        }
        if (mayHave(digest)) {
            return true;
        }
        Path part = place.folder()
                .resolve(ProcessHandle.current().pid() + "-" + System.identityHashCode(this) + "-"
                        + parts.incrementAndGet() + ".part");
        try {
            PrivateFile.folder(place.folder());
            requirePrivate(place.folder());
            if (!digest.equals(write(image, part))) {
                log.warn("an image was sent as {}, which it is not; it is not kept", digest.hex());
                return false;
            }
            Files.move(part, file(digest), StandardCopyOption.ATOMIC_MOVE);
            ImageEviction.trim(place, file(digest));
            return true;
        } catch (NoSuchFileException evicted) {
            log.debug("image {} was evicted by another worker before it was whole", digest.hex());
            return false;
        } catch (IOException full) {
            log.warn("image {} is not kept: {}", digest.hex(), full.toString());
            return false;
        } finally {
            remove(part);
        }
    }

    private static ImageDigest write(MemorySegment image, Path part) throws IOException {
        MessageDigest hash = ImageDigest.sha256();
        byte[] piece = new byte[PIECE_BYTES];
        try (FileChannel to = FileChannel.open(
                        part,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PrivateFile.SECRET));
                OutputStream out = Channels.newOutputStream(to)) {
            for (long at = 0; at < image.byteSize(); at += piece.length) {
                int count = (int) Math.min(piece.length, image.byteSize() - at);
                MemorySegment.copy(image, ValueLayout.JAVA_BYTE, at, piece, 0, count);
                hash.update(piece, 0, count);
                out.write(piece, 0, count);
            }
            out.write(ImageTrailer.of(image));
        }
        return ImageDigest.of(hash);
    }

    private static void remove(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException stays) {
            log.debug("{} stays until it is evicted: {}", part, stays.toString());
        }
    }

    /** Whoever else could write here could make us run their code, were it not for the digests; two locks are better. */
    private static void requirePrivate(Path folder) throws IOException {
        PosixFileAttributes is = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!is.isDirectory()
                || !PosixFilePermissions.toString(is.permissions()).equals(FOLDER_MODE)
                || !is.owner().equals(Files.getOwner(Path.of("/proc/self")))) {
            throw new IOException(folder + " must be a folder of mode " + FOLDER_MODE + " that belongs to the server");
        }
    }

    private Path file(ImageDigest digest) {
        return place.folder().resolve(digest.hex());
    }
}
