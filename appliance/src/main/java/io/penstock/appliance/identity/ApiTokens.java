package io.penstock.appliance.identity;

import io.penstock.appliance.store.TokenTable;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Administrators' API tokens: shown once, kept as hashes. */
public final class ApiTokens {
    private static final String PREFIX = "pat1.";

    private ApiTokens() {}

    /** Makes a token and answers its text, which is kept nowhere. */
    public static String create(Handle handle, String name, Instant now) {
        String text = PREFIX + Secrets.random();
        new TokenTable(handle).insertApiToken(Secrets.hash(text), name, now);
        return text;
    }

    /** The name under which this token was made, if it was. */
    public static Optional<String> owner(Handle handle, String text) {
        return new TokenTable(handle).apiTokenName(Secrets.hash(text));
    }
}
