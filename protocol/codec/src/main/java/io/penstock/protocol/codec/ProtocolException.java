package io.penstock.protocol.codec;

/** The peer sent bytes that break the protocol; the message says who, what, the value and the limit. Ends a session. */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}
