package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Function;

/** Lists of objects in JSON. */
final class Json {
    private Json() {}

    static <T> List<T> list(JsonObject json, String key, Function<JsonObject, T> reader) {
        return json.getJsonArray(key, new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .map(reader)
                .toList();
    }
}
