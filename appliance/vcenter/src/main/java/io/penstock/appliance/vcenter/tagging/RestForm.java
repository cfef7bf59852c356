package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.About;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The two forms of the vAPI over REST; they differ in paths and in what is wrapped in what. */
enum RestForm {
    /** {@code /api}, since vSphere 7.0 Update 2. */
    API("/api/session", "/api/cis/tagging/", "/", "?action="),
    /** {@code /rest}, what there was before. */
    REST("/rest/com/vmware/cis/session", "/rest/com/vmware/cis/tagging/", "/id:", "?~action=");

    private static final String API_SINCE = "7.0.2.0";

    private final String session;
    private final String tagging;
    private final String beforeId;
    private final String beforeAction;

    RestForm(String session, String tagging, String beforeId, String beforeAction) {
        this.session = session;
        this.tagging = tagging;
        this.beforeId = beforeId;
        this.beforeAction = beforeAction;
    }

    /** The one that a vCenter of this API version speaks. */
    static RestForm of(String apiVersion) {
        return About.atLeast(apiVersion, API_SINCE) ? API : REST;
    }

    String session() {
        return session;
    }

    /**
     * Where to send a call.
     *
     * @param id of whom, or empty
     * @param action beside the HTTP method, or empty
     */
    String uri(String service, String id, String action) {
        return tagging
                + service
                + (id.isEmpty() ? "" : beforeId + id)
                + (action.isEmpty() ? "" : beforeAction + action);
    }

    /** A specification of something to be made, as the body of its call. */
    JsonObject making(JsonObject specification) {
        return this == API ? specification : new JsonObject().put("create_spec", specification);
    }

    /** What an answer says. */
    @Nullable
    Object value(@Nullable Object answer) {
        return this == REST && answer instanceof JsonObject wrapped ? wrapped.getValue("value") : answer;
    }

    /** The error that an answer tells of, in capitals; empty when it tells of none. */
    String error(@Nullable Object answer) {
        if (!(answer instanceof JsonObject told)) {
            return "";
        }
        Object type = told.getValue(this == API ? "error_type" : "type");
        String text = type instanceof String name ? name : "";
        return text.substring(text.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT);
    }
}
