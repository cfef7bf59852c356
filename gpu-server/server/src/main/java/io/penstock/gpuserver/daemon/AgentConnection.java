package io.penstock.gpuserver.daemon;

import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeaseException;
import io.penstock.protocol.identity.PeerIdentity;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent: JSON lines in, one answer each, in order (protocol.md section 3). The end of this connection is
 * the end of the sessions opened on it. The daemon's event loop only.
 */
final class AgentConnection {
    private static final Logger log = LoggerFactory.getLogger(AgentConnection.class);
    private static final int LINE_BYTES_MAX = 64 << 10;
    private static final int SESSIONS_MAX = 256;
    /** Questions taken before the first of them is answered; an agent that does not read its answers is not listened to. */
    private static final int ANSWERS_MAX = 16;

    private final NetSocket socket;
    private final PeerIdentity client;
    private final Fingerprint certificate;
    private final AgentListener.Desk desk;
    private final Supplier<Revocations> revocations;
    private final Set<ServedSession> sessions = new HashSet<>();
    private final Set<String> leases = new HashSet<>();
    private final ArrayDeque<Future<JsonObject>> answers = new ArrayDeque<>();
    private int opening;
    private boolean closed;
    private boolean cutOff; // what still comes is not answered

    AgentConnection(
            NetSocket socket,
            PeerIdentity client,
            Fingerprint certificate,
            AgentListener.Desk desk,
            Supplier<Revocations> revocations) {
        this.socket = socket;
        this.client = client;
        this.certificate = certificate;
        this.desk = desk;
        this.revocations = revocations;
    }

    PeerIdentity client() {
        return client;
    }

    void start() {
        RecordParser lines = RecordParser.newDelimited("\n", this::hear).maxRecordSize(LINE_BYTES_MAX);
        lines.exceptionHandler(tooLong -> close("a line longer than " + LINE_BYTES_MAX + " bytes"));
        socket.handler(lines);
        socket.drainHandler(taken -> flush());
        socket.exceptionHandler(broken -> log.debug("agent of {}: {}", client, broken.getMessage()));
    }

    /** Ends the connection and its sessions: the client has been taken out of the pool, and need not come back. */
    void revoke() {
        String reason = "client " + client.id() + " is disabled";
        close(
                reason,
                new JsonObject().put("code", LeaseException.Code.REVOKED.name()).put("text", reason));
    }

    /** Ends the connection and its sessions, with a last line that says why. */
    private void close(String reason) {
        close(reason, new JsonObject().put("text", reason));
    }

    private void close(String reason, JsonObject farewell) {
        if (cutOff) {
            return;
        }
        cutOff = true;
        desk.refusals().refused("agent of " + client + " is cut off: " + reason, "");
        sessions.forEach(session -> session.end(reason));
        var unused =
                socket.end(Buffer.buffer(new JsonObject().put("ended", farewell).encode() + "\n"));
    }

    /** The connection is over: so are its sessions. */
    void gone() {
        closed = true;
        sessions.forEach(session -> session.end("the agent's connection to the server ended"));
        sessions.clear();
        desk.holders().left(leases, desk.clock().instant());
        leases.clear();
    }

    private void hear(Buffer line) {
        Promise<JsonObject> answer = Promise.promise();
        answers.add(answer.future());
        if (answers.size() >= ANSWERS_MAX) {
            var unused = socket.pause();
        }
        answer.future().onComplete(done -> flush());
        JsonObject request;
        try {
            request = new JsonObject(line);
        } catch (DecodeException | ClassCastException noJson) {
            close("a line that is not a JSON object");
            return;
        }
        try {
            decide(request).onComplete(answer);
        } catch (LeaseException refused) {
            answer.complete(refusal(refused.code().name(), String.valueOf(refused.getMessage())));
        } catch (ClassCastException | NullPointerException malformed) {
            answer.complete(refusal("MALFORMED", "a request with a field missing or of the wrong type"));
        }
    }

    /** Answers leave in the order of the questions. */
    private void flush() {
        while (!closed && !answers.isEmpty() && answers.peek().isComplete()) {
            Future<JsonObject> next = answers.remove();
            JsonObject message = next.succeeded()
                    ? next.result()
                    : refusal("UNAVAILABLE", String.valueOf(next.cause().getMessage()));
            var unused = socket.write(Buffer.buffer(message.encode() + "\n"));
        }
        if (socket.writeQueueFull()) {
            var unused = socket.pause();
        } else if (answers.size() < ANSWERS_MAX) {
            var unused = socket.resume();
        }
    }

    private Future<JsonObject> decide(JsonObject request) throws LeaseException {
        if (request.containsKey("open")) {
            return open(request.getJsonObject("open"));
        }
        if (request.containsKey("renew")) {
            desk.sessions().renew(verified(request.getJsonObject("renew")));
            return Future.succeededFuture(new JsonObject().put("renewed", new JsonObject()));
        }
        if (request.containsKey("nvml")) {
            return desk.gpus()
                    .apply(verified(request.getJsonObject("nvml")))
                    .map(text -> new JsonObject().put("snapshot", new JsonObject().put("text", text)));
        }
        return Future.succeededFuture(
                refusal("UNKNOWN", "a request this server does not know: " + request.fieldNames()));
    }

    private Future<JsonObject> open(JsonObject request) throws LeaseException {
        Lease lease = verified(request);
        List<String> environment = environment(request.getJsonArray("environment"));
        if (environment != null && environment.size() > Limits.ENVIRONMENT_ENTRIES_MAX) {
            return Future.succeededFuture(refusal(
                    "MALFORMED",
                    environment.size() + " variables of a program; at most " + Limits.ENVIRONMENT_ENTRIES_MAX));
        }
        if (sessions.size() + opening >= SESSIONS_MAX) {
            return Future.succeededFuture(refusal("FULL", "one agent may have " + SESSIONS_MAX + " sessions"));
        }
        opening++;
        return desk.sessions()
                .open(lease, certificate, environment)
                .onComplete(any -> opening--)
                .map(this::serve);
    }

    private static @Nullable List<String> environment(@Nullable JsonArray variables) {
        return variables == null
                ? null
                : variables.stream().map(String.class::cast).toList();
    }

    private JsonObject serve(SessionBook.Opened opened) {
        ServedSession session = opened.session();
        if (closed) {
            session.end("the agent's connection to the server ended");
        } else {
            sessions.add(session);
            var unused =
                    session.worker().ended().thenAccept(why -> desk.sessions().run(() -> sessions.remove(session)));
        }
        return new JsonObject()
                .put(
                        "opened",
                        new JsonObject()
                                .put("session", session.id())
                                .put("port", opened.port())
                                .put("ticket", opened.ticket())
                                .put("bulkTickets", new JsonArray(opened.bulkTickets()))
                                .put("worker", opened.worker()));
    }

    private Lease verified(JsonObject request) throws LeaseException {
        Lease lease = desk.verifier()
                .verify(
                        request.getString("lease"),
                        client,
                        desk.server(),
                        desk.clock().instant());
        if (revocations.get().ends(lease)) {
            throw new LeaseException(LeaseException.Code.REVOKED, "lease " + lease.id() + " was taken back");
        }
        if (!closed && leases.add(lease.id())) {
            desk.holders().arrived(lease.id());
        }
        return lease;
    }

    private JsonObject refusal(String code, String text) {
        desk.refusals().refused("agent of " + client + " refused: " + code, ": " + text);
        return new JsonObject()
                .put(
                        "refused",
                        new JsonObject()
                                .put("code", code)
                                .put("result", CudaResult.SYSTEM_NOT_READY)
                                .put("text", text));
    }
}
