package io.penstock.cli;

/** A failure that a person can do something about: the message says what, the status is the command's. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String sentence;

    CommandException(int status, String message) {
        super(message);
        this.status = status;
        this.sentence = message;
    }

    @Override
    public String getMessage() {
        return sentence;
    }

    /** One of {@link ExitStatus}. */
    int status() {
        return status;
    }
}
