package io.penstock.appliance.api;

import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.signin.VsphereSession;
import io.penstock.appliance.signin.VsphereUsers;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the vSphere Client asks before it opens a VM's context menu: which of the plug-in's actions to show. Each is shown to a
 * user who may do it, with the VM as it is; whether it can be done is answered, with the reason, by the dialogue that it opens.
 */
final class PluginOperations {
    private static final String VERSION = "1.0.0";
    private static final int OBJECTS_MAX = 100;
    private static final Pattern OBJECT =
            Pattern.compile("urn:vmomi:([A-Za-z]{1,80}):([A-Za-z0-9][A-Za-z0-9._-]{0,79}):([0-9A-Fa-f-]{36})");
    private static final Map<String, Privilege> ACTIONS = Map.of(
            "enableClient", Privilege.MANAGE_CLIENTS,
            "enableServer", Privilege.MANAGE_SERVERS,
            "disable", Privilege.MANAGE_CLIENTS);

    private final VsphereUsers users;

    PluginOperations(VsphereUsers users) {
        this.users = users;
    }

    Map<String, Operation> byName() {
        return Map.of("pluginVisibility", this::visibility);
    }

    private Future<Answer> visibility(Call call) {
        VsphereSession session = call.vsphereSession();
        Matcher object = (call.body().getValue("objectIds") instanceof JsonArray ids ? ids : new JsonArray())
                .stream()
                        .limit(OBJECTS_MAX)
                        .map(id -> OBJECT.matcher(String.valueOf(id)))
                        .filter(Matcher::matches)
                        .findFirst()
                        .orElse(null);
        if (session == null || object == null) {
            // nobody is known: nothing is told, and the dialogue will ask who it is
            return Future.succeededFuture(answer(Set.copyOf(ACTIONS.values())));
        }
        // the vSphere Client asks by itself, without the header in which the plug-in's pages name the vCenter
        return users.of(session.about(object.group(3)), call.from())
                .compose(user -> user.privileges(new VsphereObject(object.group(1), object.group(2))))
                .map(PluginOperations::answer);
    }

    private static Answer answer(Set<Privilege> held) {
        JsonArray items = new JsonArray();
        ACTIONS.forEach((id, needed) -> {
            boolean may = held.contains(needed);
            items.add(new JsonObject().put("id", id).put("visible", may).put("relevant", may));
        });
        return Answer.ok(new JsonObject().put("version", VERSION).put("items", items));
    }
}
