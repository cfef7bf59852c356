package io.penstock.protocol.identity;

import io.vertx.core.VertxException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why no connection comes about, or why one ended, in words for people and with what to look at. The words of the libraries below stay out of it.
 */
public final class Unreachable {
    private static final String REFUSED =
            "nothing listens there; is the program started on that machine, and is this its port?";
    private static final String SILENT =
            "no answer from there; is the machine up, and do the firewalls between let this port through?";
    private static final String NO_WAY = "no way leads there; is the address right, and is the network up?";
    private static final String CLOSED = "the other end closed the connection";
    static final String UNKNOWN_NAME = "no name server knows that name; is it spelt right?";

    /** What the system's and the libraries' errors say, and what we say; the first that fits counts. */
    private static final List<Phrase> PHRASES = List.of(
            new Phrase("refused", REFUSED),
            new Phrase("timed out", SILENT),
            new Phrase("host is down", SILENT),
            new Phrase("no route to host", NO_WAY),
            new Phrase("unreachable", NO_WAY),
            new Phrase("failed to resolve", UNKNOWN_NAME),
            new Phrase("reset", CLOSED),
            new Phrase("broken pipe", CLOSED),
            new Phrase("closed", CLOSED));

    private Unreachable() {}

    private record Phrase(String theirs, String ours) {}

    /**
     * Who cannot be reached, and why: the one sentence for it in all programs, without its end.
     *
     * @param whom what is there and where: a name, the host and the port
     */
    public static String sentence(String whom, Throwable failure) {
        return sentence(whom, why(failure));
    }

    /** The same where the reason is known already. */
    public static String sentence(String whom, String why) {
        return whom + " cannot be reached: " + why;
    }

    /** The reason of a failed connection: a sentence without its end. */
    public static String why(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String ours = words(cause);
            if (ours != null) {
                return ours;
            }
        }
        return TlsOptions.reason(failure);
    }

    private static @Nullable String words(Throwable cause) {
        return switch (cause) {
            case UnknownHostException unknown -> UNKNOWN_NAME;
            case SSLException secure -> "the secure connection failed: " + TlsOptions.reason(secure);
            case ClosedChannelException closed -> CLOSED;
            case TimeoutException late -> SILENT;
            case IOException failed -> phrase(failed.getMessage());
            case VertxException failed -> phrase(failed.getMessage());
            default -> null;
        };
    }

    private static @Nullable String phrase(@Nullable String message) {
        String said = message == null ? "" : message.toLowerCase(Locale.ROOT);
        return PHRASES.stream()
                .filter(phrase -> said.contains(phrase.theirs()))
                .map(Phrase::ours)
                .findFirst()
                .orElse(null);
    }
}
