package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.session.DriverFactory;
import io.penstock.gpuserver.session.Session;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker process. Its standard input brings the daemon's JSON lines and its standard output takes the answers; its
 * standard error is the log. Both outputs are copied first: where the driver prints to them by itself, the program gets
 * it. Warm before it is assigned, it serves one client process and ends with it, or with its
 * input.
 *
 * <p>Arguments: {@code software <devices> <bytes> <server>} or {@code nvidia [library]}.
 */
public final class WorkerMain {
    private static final Logger log = LoggerFactory.getLogger(WorkerMain.class);
    /** One for the control connection, and one for each bulk connection. */
    private static final int EVENT_LOOPS = 1 + LinkOptions.bulkConnections();

    private static final long GOODBYE_MILLIS = 200;
    /** Less than the daemon waits before it kills. */
    private static final Duration IMAGES_PATIENCE = Duration.ofSeconds(1);

    private final DriverChoice choice;
    private final PrintStream daemon;
    private final Vertx vertx;
    private final Identity identity;
    private final Duration spin = Spin.standard();
    private @Nullable Session session;
    private @Nullable Rehearsal rehearsal;
    private volatile @Nullable ImageKeeper images;

    private WorkerMain(DriverChoice choice, PrintStream daemon) {
        this.choice = choice;
        this.daemon = daemon;
        this.vertx = Spin.vertx(EVENT_LOOPS, spin);
        this.identity = EphemeralIdentity.make();
    }

    /** Runs until the session or the daemon ends. */
    public static void main(String[] args) throws IOException {
        PrintStream daemon = new PrintStream(DescriptorStream.copyOf(1), false, StandardCharsets.UTF_8);
        PrintStream logged = new PrintStream(DescriptorStream.copyOf(2), true, StandardCharsets.UTF_8);
        // the descriptors themselves may become the program's: neither an answer to the daemon nor a line of the log is
        // for it
        System.setOut(logged);
        System.setErr(logged);
        WorkerMain worker = new WorkerMain(DriverChoice.parse(args), daemon);
        WarmUp.run();
        worker.choice.prepare();
        worker.say(new JsonObject().put("ready", true));
        if (worker.choice.rehearses()) {
            worker.rehearsal = Rehearsal.begin(worker.vertx, worker.spin);
        }
        try {
            worker.listenToDaemon();
        } catch (RuntimeException | Error bug) {
            // a worker that hears nobody would keep its client waiting
            log.error("a bug in the worker", bug);
            worker.over("an error in the worker: " + bug);
        }
    }

    private synchronized void say(JsonObject message) {
        daemon.print(message.encode() + "\n");
        daemon.flush();
    }

    private void listenToDaemon() throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject message = new JsonObject(line);
            if (message.containsKey("assign")) {
                assign(Assignment.fromJson(message.getJsonObject("assign")));
            } else if (message.containsKey("end")) {
                end(message.getString("end"));
            }
        }
        end("the server's daemon ended");
    }

    private void end(String reason) {
        Session now = session;
        if (now == null) {
            exit();
        } else {
            now.end(reason);
        }
    }

    private void assign(Assignment assignment) {
        MemoryLedger ledger = MemoryLedger.open(assignment.ledger(), assignment.slot());
        ImageKeeper keeper = new ImageKeeper(new ImageCache(assignment.images()));
        DriverFactory drivers = choice.factory(assignment.gpus());
        Session next = new Session(
                new Session.Terms(
                        assignment.session(),
                        assignment.server(),
                        assignment.ticket(),
                        Set.copyOf(assignment.bulkTickets()),
                        spin.toNanos()),
                drivers,
                ledger,
                keeper);
        session = next;
        images = keeper;
        if (assignment.environment() != null) {
            next.anticipate(assignment.environment());
        }
        var unused = next.ended().thenAccept(reason -> {
            log.info("session {} ends: {}", assignment.session(), reason);
            over(reason);
        });
        var unusedClient = next.client().thenAccept(client -> welcomed(assignment.session(), client));
        WorkerServer.listen(
                        vertx,
                        identity,
                        assignment.client(),
                        assignment.host(),
                        assignment.portMin(),
                        assignment.portMax(),
                        next)
                .onSuccess(this::listening)
                .onFailure(failed -> over("no port to listen on: " + failed.getMessage()));
    }

    private void welcomed(String name, Session.Client client) {
        Rehearsal now = rehearsal;
        if (now != null) {
            now.stop();
        }
        log.info("session {} serves {}, pid {}; {}", name, client.program(), client.pid(), client.start());
        say(new JsonObject()
                .put(
                        "serving",
                        new JsonObject().put("program", client.program()).put("pid", client.pid())));
    }

    private void listening(LinkServer server) {
        say(new JsonObject()
                .put(
                        "listening",
                        new JsonObject()
                                .put("port", server.port())
                                .put(
                                        "fingerprint",
                                        Fingerprint.of(identity.certificate()).hex())));
    }

    private void over(String reason) {
        say(new JsonObject().put("ended", reason));
        Thread.ofPlatform().name("exit").start(() -> {
            try {
                // the goodbye leaves first; what hangs in the driver is not waited for
                TimeUnit.MILLISECONDS.sleep(GOODBYE_MILLIS);
                ImageKeeper keeper = images;
                if (keeper != null) {
                    keeper.finish(IMAGES_PATIENCE);
                }
            } catch (InterruptedException hurried) {
                log.debug("hurried");
            }
            exit();
        });
    }

    /** Ends the process without waiting for anything: the kernel gives everything back. */
    private static void exit() {
        Runtime.getRuntime().halt(0);
    }
}
