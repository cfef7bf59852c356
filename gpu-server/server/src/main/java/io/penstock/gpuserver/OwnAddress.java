package io.penstock.gpuserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;

/** Which of this machine's addresses others see, told by the routes; nothing is sent. */
final class OwnAddress {
    private static final int ANY_PORT = 443;

    private OwnAddress() {}

    /** The address from which this machine speaks to that host; empty when there is no way to it. */
    static Optional<String> towards(URI there) {
        String host = there.getHost();
        if (host == null) {
            return Optional.empty();
        }
        try (DatagramSocket socket = new DatagramSocket()) {
            InetAddress address = InetAddress.getByName(host);
            socket.connect(new InetSocketAddress(address, there.getPort() > 0 ? there.getPort() : ANY_PORT));
            InetAddress own = socket.getLocalAddress();
            return own.isAnyLocalAddress() ? Optional.empty() : Optional.of(own.getHostAddress());
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }
}
