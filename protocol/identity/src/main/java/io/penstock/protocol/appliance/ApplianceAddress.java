package io.penstock.protocol.appliance;

import java.net.URI;
import java.net.URISyntaxException;

/** Where an appliance answers, as people type it. */
public final class ApplianceAddress {
    private ApplianceAddress() {}

    /**
     * Reads {@code https://HOST:PORT}; the port is 443 where none is said.
     *
     * @throws IllegalArgumentException with a sentence for people
     */
    public static URI parse(String text) {
        try {
            URI uri = new URI(text);
            if ("https".equals(uri.getScheme()) && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(expected(text), e);
        }
        throw new IllegalArgumentException(expected(text));
    }

    private static String expected(String text) {
        return "URL must be https://HOST:PORT, not '" + text + "'";
    }
}
