package io.penstock.cli;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.Pem;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * An appliance, a GPU server and a client on loopback, with their state in one private folder. A {@link Caretaker} sees to
 * it that nothing is left when we end, however we end. Used by one thread.
 */
final class LocalPool implements AutoCloseable {
    /** Holds the pool's folder in the environment of every process of the pool: how they are told from others. */
    static final String FOLDER_VARIABLE = "PENSTOCK_LOCAL";

    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration TOKEN_LIFE = Duration.ofMinutes(10);
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final int LOOK_MILLIS = 20;

    private final Settings settings;
    private final Path folder;
    private final Caretaker.Tether caretaker;
    private final Map<String, String> environment = new HashMap<>();

    private LocalPool(Settings settings, Path folder, Caretaker.Tether caretaker) {
        this.settings = settings;
        this.folder = folder;
        this.caretaker = caretaker;
    }

    /** An empty folder and somebody who watches over it. */
    static LocalPool create(Settings settings) throws IOException {
        Path folder = Files.createTempDirectory(
                settings.temporary(),
                "penstock-local-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            return new LocalPool(settings, folder, Caretaker.watch(settings.installation(), folder));
        } catch (IOException | RuntimeException e) {
            Files.delete(folder);
            throw e;
        }
    }

    /**
     * Starts the daemons and enrols this machine.
     *
     * @param serve the GPU server's arguments
     * @param aborted true when nobody wants the pool any more; then this returns early
     */
    void start(List<String> serve, BooleanSupplier aborted) throws IOException, InterruptedException {
        Component appliance = new Component(settings.installation(), folder, "appliance", "penstock-appliance");
        Component server = new Component(settings.installation(), folder, "server", "penstock-gpu-server");
        appliance.serve("--init", LOOPBACK, "--host", LOOPBACK, "--port", "0");
        // meanwhile; the server's Java starts as well and waits for the identity that only the appliance can give it
        String wait = Long.toString(READY_MAX.toSeconds());
        server.serve(serve, "--address", LOOPBACK, "--port", "0", "--await-identity", wait);
        Vertx vertx = EventLoop.start();
        URI url = appliance.await(READY_MAX, aborted);
        if (aborted.getAsBoolean()) {
            return;
        }
        String token =
                Files.readString(appliance.state().resolve("admin.token")).strip();
        Path authority = appliance.state().resolve("ca.pem");
        ApplianceClient administrator = ApplianceClient.administrator(
                vertx,
                List.of(url),
                Pem.decodeCertificates(Files.readString(authority), authority.toString())
                        .getFirst(),
                token);
        server.requireAlive();
        enrol(vertx, administrator, url, PeerKind.SERVER, server.state().resolve("identity"));
        Settings client = new Settings(folder.resolve("client"), null, settings.installation(), settings.temporary());
        enrol(vertx, administrator, url, PeerKind.CLIENT, client.identity());
        server.await(READY_MAX, aborted);
        awaitGpus(administrator, server, aborted);
        environment.putAll(Map.of(
                "PENSTOCK_URL", url.toString(),
                "PENSTOCK_CA", authority.toString(),
                "PENSTOCK_TOKEN", token,
                "PENSTOCK_STATE", client.state().toString()));
    }

    /** The environment of a command that is to use the pool. */
    Map<String, String> environment() {
        Map<String, String> all = new HashMap<>(System.getenv());
        all.remove(Console.RUNTIME_SIGNAL);
        all.putAll(environment);
        all.put(FOLDER_VARIABLE, folder.toString());
        all.put("PENSTOCK_HOME", settings.installation().home().toString());
        all.put("PATH", settings.installation().bin() + ":" + System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        return all;
    }

    /** Ends every process of the pool and removes its folder. */
    @Override
    public void close() {
        caretaker.release();
    }

    private static void enrol(Vertx vertx, ApplianceClient administrator, URI url, PeerKind kind, Path identityFolder) {
        EnrolmentToken token = Explanation.await(administrator.createToken(kind, TOKEN_LIFE, "local"));
        Identity identity = Explanation.await(ApplianceClient.enrol(vertx, url, token, "local"));
        new IdentityStore(identityFolder).save(identity);
    }

    /** A server that listens has not yet introduced itself: its GPUs can be leased once the appliance knows them. */
    private static void awaitGpus(ApplianceClient administrator, Component server, BooleanSupplier aborted)
            throws InterruptedException, IOException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (!aborted.getAsBoolean()) {
            List<ServerStatus> servers = Explanation.await(administrator.servers());
            if (servers.stream().anyMatch(one -> one.alive() && !one.gpus().isEmpty())) {
                return;
            }
            server.requireAlive();
            if (System.nanoTime() > deadline) {
                throw server.failure("has shown the appliance no GPU for " + READY_MAX.toSeconds() + " s");
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }
}
