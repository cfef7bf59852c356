package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Machine;
import io.penstock.appliance.signin.VsphereSession;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of an operation, authorised and checked against the contract.
 *
 * @param body the request's body; empty where the operation takes none
 * @param parameters path and query parameters, as text
 * @param from the caller's address
 * @param session the secret of the web session that the caller shows, good or not
 * @param vsphereSession the session of the vSphere Client that the caller shows, good or not
 */
record Call(
        Caller caller,
        JsonObject body,
        Map<String, String> parameters,
        String from,
        @Nullable String session,
        @Nullable VsphereSession vsphereSession) {
    /** The calling machine; only for operations that the contract reserves to machines. */
    Machine machine() {
        return (Machine) caller;
    }

    /** A parameter that the contract requires. */
    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the contract requires a parameter " + name);
        }
        return value;
    }
}
