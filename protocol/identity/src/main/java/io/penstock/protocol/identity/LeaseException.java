package io.penstock.protocol.identity;

/** A lease that gives no right here; {@link #code} is for programs, the message for people. */
public final class LeaseException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why a lease is refused. */
    public enum Code {
        /** Not a lease at all, or its text was changed. */
        INVALID,
        /** Its time is over, or has not begun. */
        EXPIRED,
        /** It belongs to another client. */
        OTHER_CLIENT,
        /** It is for another server. */
        OTHER_SERVER,
        /** The appliance has taken it back, or disabled its client. */
        REVOKED
    }

    private final Code code;

    /** A refusal with its sentence. */
    public LeaseException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /** A refusal with its sentence and what lies beneath. */
    public LeaseException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The reason's class. */
    public Code code() {
        return code;
    }
}
