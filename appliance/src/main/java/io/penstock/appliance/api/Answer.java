package io.penstock.appliance.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What an operation answers when it did what was asked.
 *
 * @param cookie the value of a {@code Set-Cookie} header, if it has one
 */
record Answer(
        int status, String type, Buffer body, @Nullable String cookie) {
    private static final String JSON = "application/json";

    /** Done; here is what came of it. */
    static Answer ok(JsonObject body) {
        return new Answer(200, JSON, body.toBuffer(), null);
    }

    /** Done; there is nothing to tell. */
    static Answer done() {
        return ok(new JsonObject());
    }

    /** Something new exists; here it is. */
    static Answer created(JsonObject body) {
        return new Answer(201, JSON, body.toBuffer(), null);
    }

    /** It was begun; here is how it stands. */
    static Answer accepted(JsonObject body) {
        return new Answer(202, JSON, body.toBuffer(), null);
    }

    /** The same, with a cookie for the browser. */
    Answer withCookie(String value) {
        return new Answer(status, type, body, value);
    }
}
