package io.penstock.appliance.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Map;

/** What anybody may ask. */
final class GeneralOperations {
    private final Vertx vertx;
    private final String version;
    private final InstantSource clock;

    GeneralOperations(Vertx vertx, String version, InstantSource clock) {
        this.vertx = vertx;
        this.version = version;
        this.clock = clock;
    }

    Map<String, Operation> byName() {
        return Map.of("health", this::health, "contract", this::contract);
    }

    private Future<Answer> health(Call call) {
        return Future.succeededFuture(Answer.ok(new JsonObject()
                .put("status", "ok")
                .put("version", version)
                .put("time", clock.instant().toString())));
    }

    private Future<Answer> contract(Call call) {
        return vertx.fileSystem().readFile(Api.CONTRACT).map(text -> new Answer(200, "application/yaml", text, null));
    }
}
