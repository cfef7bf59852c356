package io.penstock.protocol.link;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A connected socket of the link's own: another descriptor of one that Netty has connected and then closes. Programs that are
 * started do not inherit it. One thread at a time receives, one at a time sends; it is closed when both have let go,
 * so neither ever meets another connection that was given the same number.
 */
final class SocketDescriptor {
    private final Socket socket;
    private final AtomicInteger holders = new AtomicInteger(2);

    /** @throws IOException where the process has no descriptor left */
    SocketDescriptor(int connected) throws IOException {
        int mine = LibC.duplicate(connected);
        if (mine < 0) {
            throw new IOException("this process has as many files open as it may have");
        }
        socket = new Socket(mine);
    }

    int number() {
        return socket.intValue();
    }

    Socket forEpoll() {
        return socket;
    }

    /**
     * Takes what has come, without waiting.
     *
     * @return how many bytes, 0 when there are none now, -1 when the peer sends no more
     */
    int receive(long address, int bytes) throws IOException {
        try {
            return socket.readAddress(address, 0, bytes);
        } catch (NotYetConnectedException reset) { // as Netty says ENOTCONN
            throw new IOException("the connection is gone", reset);
        }
    }

    /**
     * Gives bytes to the kernel as far as it takes them now.
     *
     * @return how many; -1 when it will never take any: the connection's end is then told to whoever receives
     */
    int send(long address, int from, int to) {
        try {
            return socket.writeAddress(address, from, to);
        } catch (IOException | NotYetConnectedException over) {
            return -1;
        }
    }

    /** Who sends has sent all: the peer will read that. */
    void endSending() {
        try {
            socket.shutdown(false, true);
        } catch (IOException | NotYetConnectedException over) {
            // the peer was first
        }
        letGo();
    }

    /** Who receives, or who sends, needs it no more. */
    void letGo() {
        if (holders.decrementAndGet() == 0) {
            try {
                socket.close();
            } catch (IOException lost) {
                // the number is free all the same, and there was nothing left to send
            }
        }
    }
}
