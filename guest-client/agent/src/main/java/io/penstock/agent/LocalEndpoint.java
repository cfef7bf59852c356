package io.penstock.agent;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The Unix socket at which programs of this user find their agent. It lies in a folder of its own, mode 0700, which is
 * removed on close; who connects is told by the kernel, and a process of another user is turned away unheard.
 */
final class LocalEndpoint implements AutoCloseable {
    /** What the folder's name begins with; a number follows. */
    static final String PREFIX = "penstock-";

    /** What the socket is called in its folder. */
    static final String SOCKET = "agent";

    /** The longest path a Unix socket can have, without its NUL. */
    private static final int PATH_BYTES_MAX = 107;

    private final Path folder;
    private final Path socket;
    private final ChannelFuture bound;

    private LocalEndpoint(Path folder, Path socket, ChannelFuture bound) {
        this.folder = folder;
        this.socket = socket;
        this.bound = bound;
    }

    /** What is done with a program that has connected; event loop only. */
    @FunctionalInterface
    interface Acceptor {
        /** A process of this user; the answer handles its bytes from now on. */
        ProgramConnection accept(EpollDomainSocketChannel program);
    }

    /**
     * Listens in a new folder; those that this user's agents left there when they were killed are removed.
     *
     * @param parent an existing folder; a short path, since a socket's path has at most 107 bytes
     */
    static LocalEndpoint listen(EventLoop loop, Path parent, Acceptor acceptor) throws IOException {
        AbandonedEndpoints.remove(parent);
        Path folder = Files.createTempDirectory(
                parent, PREFIX, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path socket = folder.resolve(SOCKET);
        if (socket.toString().length() > PATH_BYTES_MAX) {
            Files.delete(folder);
            throw new IOException("the socket's path " + socket + " is longer than the " + PATH_BYTES_MAX
                    + " bytes that a Unix socket allows; set TMPDIR to a shorter one");
        }
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(EpollServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel program) {
                        program.pipeline().addLast(acceptor.accept(program));
                    }
                })
                .bind(new DomainSocketAddress(socket.toFile()))
                .syncUninterruptibly();
        return new LocalEndpoint(folder, socket, bound);
    }

    /** What goes into {@code PENSTOCK_SOCKET}. */
    Path socket() {
        return socket;
    }

    /** Stops listening and removes the folder; connected programs stay connected. */
    @Override
    public void close() {
        bound.channel().close().awaitUninterruptibly(1000);
        try {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot remove " + folder, e);
        }
    }
}
