package io.penstock.protocol.identity;

/** An identity, a certificate, a token or its file is not what it must be; the message says whose and why. */
public final class IdentityException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** An error told in one sentence. */
    public IdentityException(String message) {
        super(message);
    }

    /** An error told in one sentence, with the failure beneath it. */
    public IdentityException(String message, Throwable cause) {
        super(message, cause);
    }
}
