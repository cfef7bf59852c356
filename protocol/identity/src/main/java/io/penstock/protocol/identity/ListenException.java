package io.penstock.protocol.identity;

import java.net.UnknownHostException;
import java.util.Locale;

/**
 * A program cannot listen where it was told to: the message names the place, what is wrong with it and the option to change.
 * The counterpart of {@link Unreachable} at the other end.
 */
public final class ListenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private ListenException(String message, Throwable cause) {
        super(message, cause);
    }

    /** In words for people what the system or a library says of listening there. */
    public static ListenException at(String host, int port, Throwable failure) {
        String shown = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return new ListenException("cannot listen on " + shown + ":" + port + ": " + why(port, failure), failure);
    }

    private static String why(int port, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (said.contains("already in use")) {
                return "another program listens there; end it (as root, 'ss -tlnp' names it), or choose another port with"
                        + " --port";
            }
            if (said.contains("cannot assign requested address")) {
                return "that is no address of this machine; choose one that 'ip address' shows with --address, or 0.0.0.0"
                        + " for all";
            }
            if (said.contains("permission denied")) {
                return "the user " + System.getProperty("user.name") + " may not listen on port " + port
                        + "; choose one above 1023 with --port";
            }
            if (cause instanceof UnknownHostException || said.contains("failed to resolve")) {
                return Unreachable.UNKNOWN_NAME
                        + " Choose an address of this machine with --address, or 0.0.0.0 for all";
            }
        }
        return TlsOptions.reason(failure);
    }
}
