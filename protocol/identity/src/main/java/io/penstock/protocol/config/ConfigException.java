package io.penstock.protocol.config;

/** A configuration file that cannot be used; the message names the file, the key and what would be right. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** An error told in one sentence. */
    public ConfigException(String message) {
        super(message);
    }

    /** An error told in one sentence, with the failure beneath it. */
    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
