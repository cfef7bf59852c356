package io.penstock.protocol.appliance;

import io.penstock.protocol.config.Ports;
import java.net.URI;
import java.net.URISyntaxException;

/** Where an appliance answers, as people type it. */
public final class ApplianceAddress {
    private ApplianceAddress() {}

    /**
     * Reads {@code https://HOST:PORT}, the port from 1 to 65535; it is 443 where none is said. A slash may follow.
     *
     * @throws IllegalArgumentException with a sentence for people
     */
    public static URI parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(expected(text), e);
        }
        if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException(expected(text));
        }
        if (uri.getPort() == 0 || uri.getPort() > Ports.MAX) {
            throw new IllegalArgumentException(
                    "URL has the port " + uri.getPort() + ", which must be 1 to " + Ports.MAX);
        }
        String place = "https://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        if (!text.equals(place) && !text.equals(place + "/")) {
            throw new IllegalArgumentException(expected(text));
        }
        return URI.create(place);
    }

    private static String expected(String text) {
        return "URL must be https://HOST:PORT, not '" + text + "'";
    }
}
