package io.penstock.agent;

/** A program broke the rules of the local channel; the message names the rule, the value and the limit. */
public final class ChannelException extends Exception {
    private static final long serialVersionUID = 1L;

    public ChannelException(String reason) {
        super(reason);
    }
}
