package io.penstock.protocol.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Small files replaced whole: written beside their place with their final mode, synced, and renamed over it. */
public final class PrivateFile {
    /** The owner alone may read it. */
    public static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");
    /** The owner may read and write it, the members of its group may read it. */
    public static final Set<PosixFilePermission> GROUP = PosixFilePermissions.fromString("rw-r-----");
    /** Everybody who may enter the folder may read it. */
    public static final Set<PosixFilePermission> PUBLIC = PosixFilePermissions.fromString("rw-r--r--");

    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> GROUP_FOLDER = PosixFilePermissions.fromString("rwxr-x---");

    private PrivateFile() {}

    /** Makes a folder of mode 0700, and its parents as the system makes them; one that exists keeps its mode. */
    public static void folder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
        } catch (FileAlreadyExistsException another) {
            if (!Files.isDirectory(folder)) {
                throw another;
            }
        }
    }

    /** Makes a folder of mode 0750 that is this group's to enter; one that exists becomes so. */
    public static void folder(Path folder, String group) throws IOException {
        folder(folder);
        give(folder, group, GROUP_FOLDER);
    }

    /**
     * Makes a folder of mode 0700 if there is none, and sees to it that it can be written to.
     *
     * @param remedy what to do where it cannot; empty = nothing is known
     * @throws IdentityException naming the folder, what is wrong with it, and the remedy
     */
    public static void requireWritable(Path folder, String remedy) {
        String end = remedy.isEmpty() ? "" : "; " + remedy;
        try {
            folder(folder);
        } catch (IOException e) {
            throw new IdentityException("the folder " + folder + " cannot be made: " + why(e) + end, e);
        }
        if (!Files.isWritable(folder)) {
            throw new IdentityException("the folder " + folder + " cannot be written to by the user " + user() + end);
        }
    }

    /**
     * The same of a daemon's state folder, which the option {@code --state} chooses.
     *
     * @throws IdentityException naming the folder, what is wrong with it, and the option
     */
    public static void requireWritableState(Path folder) {
        requireWritable(folder, "choose another with --state, or mend that one");
    }

    /** What the system says of a file, in words for people: of itself an exception says hardly more than the path. */
    public static String why(IOException failure) {
        return switch (failure) {
            case AccessDeniedException denied -> "the user " + user() + " has no permission for " + denied.getFile();
            case NoSuchFileException missing -> "there is no " + missing.getFile() + ", and none can be made there";
            case FileAlreadyExistsException present -> present.getFile() + " is there and is no folder";
            default -> String.valueOf(failure.getMessage());
        };
    }

    private static String user() {
        return System.getProperty("user.name", "of this process");
    }

    /** Replaces a file's content; a reader sees the old text or the new one, never a part. */
    public static void write(Path file, String text, Set<PosixFilePermission> mode) throws IOException {
        write(file, text, mode, null);
    }

    /**
     * As the other {@link #write}, for the members of a group.
     *
     * @param group the file's group; null = as the system makes it
     */
    public static void write(Path file, String text, Set<PosixFilePermission> mode, @Nullable String group)
            throws IOException {
        draft(file, text, mode, group).publish();
    }

    /** What a file is about to be: written and synced beside it, with its final mode and group. */
    static final class Draft {
        private final Path fresh;
        private final Path file;

        private Draft(Path fresh, Path file) {
            this.fresh = fresh;
            this.file = file;
        }

        /** Puts it in the file's place. */
        void publish() throws IOException {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        /** Removes it, unless it was published. */
        void discard() throws IOException {
            Files.deleteIfExists(fresh);
        }
    }

    /** As {@link #write}, but the file stays what it is until the draft is published; nothing is left where this fails. */
    static Draft draft(Path file, String text, Set<PosixFilePermission> mode, @Nullable String group)
            throws IOException {
        Path fresh = file.resolveSibling("." + file.getFileName() + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try (FileChannel channel = FileChannel.open(
                fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(group == null ? mode : SECRET))) {
            if (group != null) {
                give(fresh, group, mode);
            }
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        return new Draft(fresh, file);
    }

    /** The group first: at no time may another one read it. */
    private static void give(Path path, String group, Set<PosixFilePermission> mode) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        try {
            view.setGroup(path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException("there is no group " + group, e);
        }
        view.setPermissions(mode);
    }

    /**
     * Refuses a secret that more than its owner and the members of its group can reach.
     *
     * @throws IdentityException when others have any permission on it, or the group may write it
     */
    public static void requireGroupSecret(Path file) throws IOException {
        requireWithin(GROUP, file, "rw-r----- (chmod 640 ");
    }

    /**
     * Refuses a secret that others can reach.
     *
     * @throws IdentityException when group or others have any permission on it
     */
    public static void requireSecret(Path file) throws IOException {
        requireWithin(SECRET, file, "rw------- (chmod 600 ");
    }

    private static void requireWithin(Set<PosixFilePermission> most, Path file, String remedy) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        if (!most.containsAll(mode)) {
            throw new IdentityException(file + " has mode " + PosixFilePermissions.toString(mode)
                    + " but holds a secret: its mode must be " + remedy + file + ")");
        }
    }
}
