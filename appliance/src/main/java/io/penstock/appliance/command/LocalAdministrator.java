package io.penstock.appliance.command;

import io.penstock.appliance.StateFolder;
import io.penstock.protocol.appliance.ApplianceClient;
import io.vertx.core.Vertx;
import java.util.List;

/** A connection to the running appliance of this machine, with the administrator's token that {@code init} left. */
final class LocalAdministrator implements AutoCloseable {
    private final Vertx vertx;
    private final ApplianceClient client;

    private LocalAdministrator(Vertx vertx, ApplianceClient client) {
        this.vertx = vertx;
        this.client = client;
    }

    static LocalAdministrator of(StateFolder state) throws Exception {
        state.requireInitialised();
        StateFolder.Endpoint endpoint = state.endpoint();
        Vertx vertx = Vertx.vertx();
        return new LocalAdministrator(
                vertx,
                ApplianceClient.administrator(vertx, List.of(endpoint.local()), state.authority(), state.adminToken()));
    }

    ApplianceClient client() {
        return client;
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
