package io.penstock.appliance.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** What an operation answers when it did what was asked. */
record Answer(int status, String type, Buffer body) {
    private static final String JSON = "application/json";

    /** Done; here is what came of it. */
    static Answer ok(JsonObject body) {
        return new Answer(200, JSON, body.toBuffer());
    }

    /** Done; there is nothing to tell. */
    static Answer done() {
        return ok(new JsonObject());
    }

    /** Something new exists; here it is. */
    static Answer created(JsonObject body) {
        return new Answer(201, JSON, body.toBuffer());
    }
}
