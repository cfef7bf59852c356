package io.penstock.agent;

import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.Unreachable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.util.ArrayDeque;

/**
 * The agent's connection to a GPU server's daemon: one JSON object a line each way, answers in the order of the
 * questions (docs/protocol.md section 3). Its end is the end of the agent's sessions there. Event loop only.
 */
final class DaemonConnection {
    /** The longest answer: a snapshot of the GPUs (docs/protocol.md section 4.1), its line ends escaped. */
    static final int LINE_BYTES_MAX = 512 << 10;

    private static final int CUDA_ERROR_SYSTEM_NOT_READY = 802;

    private final NetSocket socket;
    private final Cut cut;
    private final ArrayDeque<Promise<JsonObject>> asked = new ArrayDeque<>();
    private boolean over;

    private DaemonConnection(NetSocket socket, Cut cut) {
        this.socket = socket;
        this.cut = cut;
    }

    /** Hears of the end of a connection. */
    @FunctionalInterface
    interface Cut {
        /**
         * The connection has ended; told once.
         *
         * @param reason in words
         * @param revoked whether the server said that it will not honour the lease again
         */
        void ended(String reason, boolean revoked);
    }

    /**
     * Connects.
     *
     * @param client already says whom to trust and what to show
     * @param cut told once why the connection ended
     */
    static Future<DaemonConnection> connect(NetClient client, String host, int port, Cut cut) {
        return client.connect(port, host).map(socket -> {
            DaemonConnection daemon = new DaemonConnection(socket, cut);
            RecordParser lines = RecordParser.newDelimited("\n", daemon::answer).maxRecordSize(LINE_BYTES_MAX);
            lines.exceptionHandler(
                    failed -> daemon.end("the server's daemon broke the protocol: " + failed.getMessage()));
            socket.handler(lines);
            socket.exceptionHandler(
                    failed -> daemon.end("the connection to the server failed: " + Unreachable.why(failed)));
            socket.closeHandler(ended -> daemon.end("the server closed the connection"));
            return daemon;
        });
    }

    /**
     * Asks for one thing.
     *
     * @param question the name of the question, and of the object that holds its parameters
     * @param answer the name of the answer
     */
    Future<JsonObject> ask(String question, JsonObject parameters, String answer) {
        if (over) {
            return Future.failedFuture("the connection to the server is closed");
        }
        Promise<JsonObject> promise = Promise.promise();
        asked.add(promise);
        socket.write(new JsonObject().put(question, parameters).toBuffer().appendByte((byte) '\n'))
                .onFailure(failed -> end("the connection to the server failed: " + Unreachable.why(failed)));
        return promise.future().map(line -> unwrap(line, question, answer));
    }

    /** Who is at both ends, and under which protection. */
    Handshake handshake() {
        return Handshake.of(socket.sslSession());
    }

    /** Whether questions are still answered. */
    boolean isOpen() {
        return !over;
    }

    /** Ends the connection. */
    void close() {
        end("the agent closed the connection");
    }

    private static JsonObject unwrap(JsonObject line, String question, String answer) {
        JsonObject refused = line.getJsonObject("refused");
        if (refused != null) {
            throw new SessionRefusedException(
                    refused.getInteger("result", CUDA_ERROR_SYSTEM_NOT_READY),
                    refused.getString("code", ""),
                    refused.getString("text", refused.getString("code", "the server gave no reason")));
        }
        JsonObject content = line.getJsonObject(answer);
        if (content == null) {
            throw new IllegalStateException("the server answered '" + question + "' with neither '" + answer
                    + "' nor 'refused', but " + line.fieldNames());
        }
        return content;
    }

    private void answer(Buffer text) {
        JsonObject line;
        try {
            line = new JsonObject(text);
        } catch (DecodeException | ClassCastException broken) {
            end("the server's daemon sent a line that is no JSON object");
            return;
        }
        if (line.getValue("ended") instanceof JsonObject farewell) {
            end(
                    String.valueOf(farewell.getValue("text")),
                    SessionRefusedException.REVOKED.equals(farewell.getValue("code")));
            return;
        }
        Promise<JsonObject> next = asked.poll();
        if (next == null) {
            end("the server's daemon spoke without being asked");
        } else {
            next.complete(line);
        }
    }

    private void end(String reason) {
        end(reason, false);
    }

    private void end(String reason, boolean revoked) {
        if (over) {
            return;
        }
        over = true;
        socket.close();
        cut.ended(reason, revoked);
        asked.forEach(promise -> promise.fail(reason));
        asked.clear();
    }
}
