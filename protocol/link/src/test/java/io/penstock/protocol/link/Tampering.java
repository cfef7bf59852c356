package io.penstock.protocol.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A way to a port over which bytes go in pieces, and one bit may change: what a network does, or somebody in it. */
final class Tampering implements AutoCloseable {
    /** No bit changes. */
    static final long NOTHING = Long.MAX_VALUE;

    private final ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final int target;
    private final int pieceBytes;
    private final long changed;

    /**
     * @param pieceBytes passed on at once
     * @param changed the number of the byte, of those to the target, in which a bit changes
     */
    Tampering(int target, int pieceBytes, long changed) throws IOException {
        this.target = target;
        this.pieceBytes = pieceBytes;
        this.changed = changed;
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }

    private void accept() {
        try (Socket near = door.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target)) {
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            Thread back = Thread.ofPlatform().daemon().start(() -> pass(far, near, NOTHING));
            pass(near, far, changed);
            back.join();
        } catch (IOException | InterruptedException over) {
            // one end is gone, and the other hears so
        }
    }

    private void pass(Socket from, Socket to, long change) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] piece = new byte[pieceBytes];
            long passed = 0;
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                if (passed <= change && change < passed + count) {
                    piece[(int) (change - passed)] ^= 0x10;
                }
                passed += count;
                out.write(piece, 0, count);
            }
            to.shutdownOutput();
        } catch (IOException over) {
            // one end is gone, and the other hears so
        }
    }
}
