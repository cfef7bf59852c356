package io.penstock.protocol.config;

/**
 * A value that is never printed: logs, errors and dumps of a configuration show {@code ***}.
 *
 * @param value the secret itself
 */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
