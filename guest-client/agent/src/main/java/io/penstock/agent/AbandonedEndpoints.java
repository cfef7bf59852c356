package io.penstock.agent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * The folders of agents that were killed and could not remove them. Whether an agent lives is asked of its socket: the
 * kernel refuses a connection to one that nobody has open any more, whatever process ids mean where we run.
 */
final class AbandonedEndpoints {
    /** A younger one may belong to an agent that is just about to listen. */
    private static final Duration AGE_MIN = Duration.ofSeconds(5);

    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET_TYPE = 0140000;
    private static final Path OWN_PROCESS = Path.of("/proc/self");

    private AbandonedEndpoints() {}

    /** Removes those of this user; what cannot be read or removed stays. */
    static void remove(Path parent) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, LocalEndpoint.PREFIX + "[0-9]*")) {
            Object user = Files.getAttribute(OWN_PROCESS, "unix:uid");
            for (Path folder : folders) {
                removeIfAbandoned(folder, user);
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // Theirs is no reason for our program not to run.
        }
    }

    private static void removeIfAbandoned(Path folder, Object user) {
        Path socket = folder.resolve(LocalEndpoint.SOCKET);
        try {
            Map<String, Object> seen =
                    Files.readAttributes(folder, "unix:uid,isDirectory,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
            FileTime made = (FileTime) seen.get("lastModifiedTime");
            if (user.equals(seen.get("uid"))
                    && Boolean.TRUE.equals(seen.get("isDirectory"))
                    && made != null
                    && made.toInstant().isBefore(Instant.now().minus(AGE_MIN))
                    && isRefused(socket)) {
                Files.deleteIfExists(socket);
                Files.deleteIfExists(folder);
            }
        } catch (IOException goneOrNotEmpty) {
            // Somebody else was quicker, or keeps something there.
        }
    }

    /** Whether it is a socket at which nobody listens or will; false when that is not certain. */
    private static boolean isRefused(Path socket) throws IOException {
        Object mode = Files.getAttribute(socket, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if (((Integer) mode & FILE_TYPE) != SOCKET_TYPE) {
            return false;
        }
        try (SocketChannel knock = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            knock.configureBlocking(false);
            knock.connect(UnixDomainSocketAddress.of(socket));
            return false;
        } catch (ConnectException refused) {
            return true;
        }
    }
}
