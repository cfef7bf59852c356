package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonObject;

/**
 * One client program running on a server.
 *
 * @param session the server's name for it
 * @param lease under which it runs
 * @param program its name, as the client told it
 * @param pid its process number on the client's machine
 * @param usedBytes device memory it holds, all GPUs together
 */
public record SessionUsage(String session, String lease, String program, long pid, long usedBytes) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("session", session)
                .put("lease", lease)
                .put("program", program)
                .put("pid", pid)
                .put("used", usedBytes);
    }

    /** Reads the JSON form; the appliance has checked it against the schema. */
    public static SessionUsage fromJson(JsonObject json) {
        return new SessionUsage(
                json.getString("session"),
                json.getString("lease"),
                json.getString("program"),
                json.getLong("pid"),
                json.getLong("used"));
    }
}
