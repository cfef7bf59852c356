package io.penstock.protocol.link;

/** The peer broke the rules of the wire, or went away; the message names the rule, the value and the limit. */
public final class LinkException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /** @param reason a text for people, never null */
    public LinkException(String reason) {
        super(reason);
        this.reason = reason;
    }

    @Override
    public String getMessage() {
        return reason;
    }
}
