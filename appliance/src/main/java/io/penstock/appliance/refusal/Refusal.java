package io.penstock.appliance.refusal;

/** An operation that is not done, undone by its transaction; the message is for people and says what to do. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The classes of refusals. */
    public enum Reason {
        /** What was sent makes no sense. */
        INVALID,
        /** Nobody knows who asks. */
        UNAUTHENTICATED,
        /** Who asks may not do this. */
        FORBIDDEN,
        /** There is no such thing. */
        NOT_FOUND,
        /** It cannot be done now. */
        CONFLICT,
        /** It existed and is over. */
        GONE,
        /** Too much of it was asked for lately. */
        LIMITED,
        /** Another system that is needed does not do its part. */
        UPSTREAM
    }

    private final Reason reason;
    private final String code;

    /** A refusal: its class, its word for programs, its sentence for people. */
    public Refusal(Reason reason, String code, String text) {
        super(text, null, false, false);
        this.reason = reason;
        this.code = code;
    }

    /** The class. */
    public Reason reason() {
        return reason;
    }

    /** The word for programs, in snake case. */
    public String code() {
        return code;
    }
}
