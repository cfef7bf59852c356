package io.penstock.appliance;

import io.penstock.appliance.lease.LeaseTerms;
import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import io.penstock.protocol.appliance.Heartbeat;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** A real appliance on loopback over a temporary folder, with a clock that tests can push forward. */
final class TestInstallation {
    static final long GPU_BYTES = 16L << 30;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(20);

    final StateFolder state;
    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
    private final InstantSource clock = () -> Instant.now().plus(ahead.get());
    private final List<ApplianceClient> clients = new ArrayList<>();
    private final ApplianceConfig config;
    private Appliance appliance;
    private int port;

    private TestInstallation(StateFolder state, ApplianceConfig config) throws Exception {
        this.state = state;
        this.config = config;
        this.appliance = await(Appliance.start(vertx, state, config, clock));
        this.port = appliance.port();
    }

    static TestInstallation start(Path folder) throws Exception {
        return start(folder, ApplianceConfig.defaults());
    }

    static TestInstallation start(Path folder, ApplianceConfig config) throws Exception {
        StateFolder state = new StateFolder(folder.resolve("appliance"));
        System.setProperty("penstock.home", folder.toString()); // where the page would be
        Initialisation.run(state, List.of("localhost", "127.0.0.1"), Instant.now());
        return new TestInstallation(state, config.listeningOn("127.0.0.1", 0));
    }

    /** The defaults with other lease terms. */
    static ApplianceConfig configWith(LeaseTerms terms) {
        ApplianceConfig defaults = ApplianceConfig.defaults();
        return new ApplianceConfig(
                defaults.host(),
                defaults.port(),
                defaults.placement(),
                defaults.serverSilenceMax(),
                defaults.certificateLife(),
                terms,
                defaults.vcenterPorts());
    }

    /** The defaults with certificates of another life. */
    static ApplianceConfig configWith(Duration certificateLife) {
        ApplianceConfig defaults = ApplianceConfig.defaults();
        return new ApplianceConfig(
                defaults.host(),
                defaults.port(),
                defaults.placement(),
                defaults.serverSilenceMax(),
                certificateLife,
                defaults.lease(),
                defaults.vcenterPorts());
    }

    Appliance appliance() {
        return appliance;
    }

    InstantSource clock() {
        return clock;
    }

    Vertx vertx() {
        return vertx;
    }

    URI url() {
        return URI.create("https://127.0.0.1:" + port);
    }

    void stop() throws Exception {
        await(appliance.close());
    }

    /** Starts again on the port it had. */
    void restart() throws Exception {
        appliance = await(Appliance.start(vertx, state, config.listeningOn("127.0.0.1", port), clock));
    }

    void pushClock(Duration by) {
        ahead.updateAndGet(by::plus);
    }

    ApplianceClient administrator() throws IOException {
        return keep(ApplianceClient.administrator(vertx, List.of(url()), state.authority(), state.adminToken()));
    }

    ApplianceClient as(Identity identity) {
        return keep(ApplianceClient.machine(vertx, identity));
    }

    EnrolmentToken token(PeerKind kind) throws Exception {
        return await(administrator().createToken(kind, Duration.ofMinutes(15), null));
    }

    Identity enrol(PeerKind kind, String name) throws Exception {
        return await(ApplianceClient.enrol(vertx, url(), token(kind), name));
    }

    /** A server with this many GPUs that has introduced itself. */
    Identity server(String name, int gpus) throws Exception {
        Identity identity = enrol(PeerKind.SERVER, name);
        await(as(identity).register(report(name, gpus)));
        return identity;
    }

    static ServerReport report(String name, int gpus) {
        List<GpuReport> list = new ArrayList<>();
        for (int index = 0; index < gpus; index++) {
            list.add(new GpuReport(uuid(name, index), index, "Software GPU", GPU_BYTES, "8.0", "software"));
        }
        return new ServerReport("127.0.0.1", 7444, 13000, "0.1", list);
    }

    static Heartbeat heartbeat(String name, int gpus, boolean healthy) {
        List<GpuUsage> list = new ArrayList<>();
        for (int index = 0; index < gpus; index++) {
            list.add(new GpuUsage(uuid(name, index), 0, 0, 0, 0, healthy));
        }
        return new Heartbeat(list, List.of(), List.of());
    }

    static String uuid(String server, int index) {
        return "GPU-" + server + "-" + index;
    }

    static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + ANSWER_MAX, e);
        }
    }

    private ApplianceClient keep(ApplianceClient client) {
        clients.add(client);
        return client;
    }

    public void close() throws Exception {
        for (ApplianceClient client : clients) {
            await(client.close());
        }
        stop();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
