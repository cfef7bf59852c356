package io.penstock.gpuserver.daemon;

import io.penstock.gpuserver.worker.Assignment;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's hold on one worker process: JSON lines to its standard input and from its standard output; its standard
 * error is the daemon's log. The process ends when its input does, so no worker outlives its daemon. Any thread.
 */
final class WorkerProcess {
    private static final Logger log = LoggerFactory.getLogger(WorkerProcess.class);
    private static final long GRACE_MILLIS = 1500;

    /** Where an assigned worker listens, and the certificate it shows there. */
    record Listening(int port, String fingerprint) {}

    private final Process process;
    private final CompletableFuture<WorkerProcess> ready = new CompletableFuture<>();
    private final CompletableFuture<Listening> listening = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile String reason = "";
    private volatile boolean told;
    private volatile Program program = new Program("", 0);

    /** The client's program, as it named itself; empty until it has. */
    record Program(String name, long pid) {}

    private WorkerProcess(Process process) {
        this.process = process;
    }

    /** Starts a worker by its command line. */
    static WorkerProcess start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        WorkerProcess worker = new WorkerProcess(process);
        Thread.ofVirtual().name("worker-" + process.pid()).start(worker::listen);
        return worker;
    }

    long pid() {
        return process.pid();
    }

    Program program() {
        return program;
    }

    /** Completes when the worker is warm; fails when it ends before, with an {@link IOException} where nobody told it to. */
    CompletableFuture<WorkerProcess> ready() {
        return ready;
    }

    /** Completes with the reason once the process is gone. */
    CompletableFuture<String> ended() {
        return ended;
    }

    boolean isAlive() {
        return process.isAlive() && !ended.isDone();
    }

    /** Gives the worker to a client process; completes when it listens, or fails as {@link #ready} does. */
    CompletableFuture<Listening> assign(Assignment assignment) {
        send(new JsonObject().put("assign", assignment.toJson()));
        return listening;
    }

    /** Ends the session with a reason the client will read; the process is killed if it does not go by itself. */
    void end(String why) {
        reason = why;
        told = true;
        send(new JsonObject().put("end", why));
        var unused = ended.copy().orTimeout(GRACE_MILLIS, TimeUnit.MILLISECONDS).exceptionally(late -> {
            process.destroyForcibly();
            return why;
        });
    }

    private synchronized void send(JsonObject message) {
        OutputStream out = process.getOutputStream();
        try {
            out.write((message.encode() + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException gone) {
            log.debug("worker {} does not listen any more: {}", process.pid(), gone.getMessage());
        }
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line);
            }
        } catch (IOException broken) {
            log.debug("worker {}: {}", process.pid(), broken.getMessage());
        }
        over();
    }

    private void hear(String line) {
        try {
            JsonObject message = new JsonObject(line);
            if (message.containsKey("ready")) {
                ready.complete(this);
            } else if (message.containsKey("listening")) {
                JsonObject where = message.getJsonObject("listening");
                listening.complete(new Listening(where.getInteger("port"), where.getString("fingerprint")));
            } else if (message.containsKey("serving")) {
                JsonObject client = message.getJsonObject("serving");
                program = new Program(client.getString("program"), client.getLong("pid"));
            } else if (message.containsKey("ended")) {
                reason = message.getString("ended");
            }
        } catch (DecodeException | ClassCastException noise) {
            log.warn("worker {} said what is no message: {}", process.pid(), line);
        }
    }

    private void over() {
        int status;
        try {
            status = process.waitFor();
        } catch (InterruptedException never) {
            Thread.currentThread().interrupt();
            return;
        }
        String why = reason.isEmpty() ? "the worker process ended with status " + status : reason;
        Exception failure = told ? new IllegalStateException(why) : new IOException(why);
        ready.completeExceptionally(failure);
        listening.completeExceptionally(failure);
        ended.complete(why);
    }
}
