package io.penstock.appliance.vcenter.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.LinkState.Kind;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.discovery.Inventory.Holding;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vcenter.discovery.Inventory.Passthrough;
import io.penstock.appliance.vcenter.soap.PropertyWatch;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The inventory of a simulated vCenter, through everything that happens to it. */
@Tag("vcenter")
@SuppressWarnings("NullAway.Init") // started by each test
class ServiceLinkIT {
    private static final Duration SEEN_MAX = Duration.ofSeconds(2);
    /** Of which so much is ours. */
    private static final Duration OURS_MAX = Duration.ofMillis(500);

    private static final String MOVED = "vm1234";
    private static final String GPU = "0000:3b:00.0";
    private static final LinkListener QUIET = new LinkListener() {
        @Override
        public void changed() {
            // the tests look themselves
        }

        @Override
        public void greet(VimConnection session) {
            // nothing to say
        }

        @Override
        public void connected(String vcenter) {
            // nothing to keep up
        }
    };

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private TestCertificate certificate;
    private @Nullable Vcsim vcsim;
    private @Nullable ServiceLink link;

    @AfterEach
    void stop() {
        if (link != null) {
            link.close();
        }
        if (vcsim != null) {
            vcsim.close();
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static JsonObject furnished() {
        JsonObject gpu = new JsonObject()
                .put("id", GPU)
                .put("name", "NVIDIA A100")
                .put("deviceId", 0x20b0)
                .put("memoryMiB", 40960)
                .put("passthrough", "on");
        return new JsonObject()
                .put(
                        "hosts",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("name", "esx1")
                                        .put("gpus", new JsonArray().add(gpu))
                                        .put("vgpuTypes", new JsonArray().add("grid_a100-4c")))
                                .add(new JsonObject().put("name", "esx2")))
                .put(
                        "vms",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("name", "gpu1")
                                        .put("host", "esx1")
                                        .put("gpus", new JsonArray().add(new JsonObject().put("passthrough", GPU))))
                                .add(new JsonObject()
                                        .put("name", "dyn")
                                        .put("host", "esx1")
                                        .put("gpus", new JsonArray().add(new JsonObject().put("dynamic", "big"))))
                                .add(virtual("vgpu1"))
                                .add(virtual("vgpu2"))
                                .add(new JsonObject()
                                        .put("name", "ml1")
                                        .put("host", "esx2")
                                        .put("hostName", "ml1.lab")
                                        .put(
                                                "addresses",
                                                new JsonArray().add("10.0.0.7").add("fe80::7")))
                                .add(new JsonObject()
                                        .put("name", "win")
                                        .put("host", "esx2")
                                        .put("system", "Microsoft Windows Server 2019")));
    }

    private static JsonObject virtual(String name) {
        return new JsonObject()
                .put("name", name)
                .put("host", "esx1")
                .put(
                        "gpus",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("vgpu", "grid_a100-4c")
                                        .put("on", GPU)));
    }

    private Vcsim simulate(JsonObject fixture) throws Exception {
        certificate = TestCertificate.of(folder, "vc", List.of("127.0.0.1"));
        vcsim = Vcsim.start(folder, certificate, fixture);
        return vcsim;
    }

    private ServiceLink connect(Vcsim to, String password) {
        link = ServiceLink.start(
                vertx,
                to.instanceUuid(),
                new VcenterAddress("127.0.0.1", to.port()),
                Thumbprint.of(certificate.certificate()),
                Credentials.of(Vcsim.ADMINISTRATOR, password),
                QUIET);
        return link;
    }

    private static Duration await(BooleanSupplier condition, Duration limit, String what) throws Exception {
        Instant start = Instant.now();
        while (!condition.getAsBoolean()) {
            if (Duration.between(start, Instant.now()).compareTo(limit) > 0) {
                throw new AssertionError(what + ": not within " + limit);
            }
            Thread.sleep(10);
        }
        return Duration.between(start, Instant.now());
    }

    private static void awaitConnected(ServiceLink link) throws Exception {
        await(() -> link.state().kind() == Kind.CONNECTED, Duration.ofSeconds(10), "connected: " + link.state());
    }

    private static Machine named(ServiceLink link, String name) {
        return link.inventory().machines().values().stream()
                .filter(machine -> machine.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void seesHostsGpusAndMachines() throws Exception {
        ServiceLink seen = connect(simulate(furnished()), Vcsim.PASSWORD);
        awaitConnected(seen);
        Inventory inventory = seen.inventory();
        assertThat(inventory.hosts()).hasSize(2);
        Inventory.Host esx1 = inventory.hosts().values().stream()
                .filter(host -> host.name().equals("esx1"))
                .findFirst()
                .orElseThrow();
        assertThat(esx1.connection()).isEqualTo("connected");
        assertThat(esx1.vgpuTypes()).containsExactly("grid_a100-4c");
        assertThat(esx1.gpus()).hasSize(1);
        assertThat(esx1.gpus().getFirst().passthrough()).isEqualTo(Passthrough.ON);
        assertThat(esx1.gpus().getFirst().memoryBytes()).isEqualTo(40L << 30);
        assertThat(inventory.holders(esx1.id(), esx1.gpus().getFirst()))
                .extracting(Machine::name)
                .containsExactlyInAnyOrder("gpu1", "vgpu1", "vgpu2");
        Machine client = named(seen, "ml1");
        assertThat(client.guest().linux()).isTrue();
        assertThat(client.guest().tools()).isEqualTo("running");
        assertThat(client.guest().addresses()).containsExactly("10.0.0.7", "fe80::7");
        assertThat(client.guest().hostName()).isEqualTo("ml1.lab");
        assertThat(client.instanceUuid()).hasSize(36);
        assertThat(named(seen, "win").guest().linux()).isFalse();
        assertThat(named(seen, "dyn").gpus())
                .extracting(Inventory.HeldGpu::holding)
                .containsExactly(Holding.DYNAMIC);
        assertThat(inventory.byInstanceUuid(client.instanceUuid())).contains(client);
    }

    @Test
    void seesMovesPowerAndVanishing() throws Exception {
        Vcsim running = simulate(furnished());
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        awaitConnected(seen);
        String before = Objects.requireNonNull(named(seen, "ml1").host());
        running.control("POST", "/vms", new JsonObject().put("name", "ml1").put("host", "esx1"));
        await(() -> !before.equals(named(seen, "ml1").host()), SEEN_MAX, "vMotion");
        running.control("POST", "/vms", new JsonObject().put("name", "ml1").put("power", "poweredOff"));
        await(() -> named(seen, "ml1").power().equals("poweredOff"), SEEN_MAX, "power off");
        running.control("POST", "/hosts", new JsonObject().put("name", "esx2").put("connection", "notResponding"));
        await(
                () -> seen.inventory().hosts().values().stream()
                        .anyMatch(host -> host.connection().equals("notResponding")),
                SEEN_MAX,
                "host lost");
        running.control("POST", "/vms", new JsonObject().put("name", "win").put("destroy", true));
        await(() -> seen.inventory().machines().size() == 5, SEEN_MAX, "vanished VM");
    }

    @Test
    void comesBackAfterARestartCutsAndBrokenAnswers() throws Exception {
        Vcsim running = simulate(furnished());
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        awaitConnected(seen);
        for (String action : List.of("cut", "garbage", "truncate", "expire")) {
            running.fault("WaitForUpdatesEx", action, new JsonObject().put("count", 1));
            running.control("POST", "/restart", new JsonObject());
            running.control("POST", "/vms", new JsonObject().put("name", "ml1").put("power", "suspended"));
            await(
                    () -> seen.state().kind() == Kind.CONNECTED
                            && named(seen, "ml1").power().equals("suspended"),
                    Duration.ofSeconds(15),
                    "connected after " + action + ": " + seen.state());
            running.control("POST", "/vms", new JsonObject().put("name", "ml1").put("power", "poweredOn"));
            await(
                    () -> named(seen, "ml1").power().equals("poweredOn"),
                    Duration.ofSeconds(5),
                    "watching after " + action);
            running.healed();
        }
    }

    @Test
    void doesNotLockTheAccount() throws Exception {
        Vcsim running = simulate(Vcsim.plain(1, 1));
        running.control(
                "POST",
                "/password",
                new JsonObject().put("name", Vcsim.ADMINISTRATOR).put("password", "new-password"));
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        await(() -> seen.state().text().contains("3 of 3"), Duration.ofSeconds(20), "three tries: " + seen.state());
        assertThat(seen.state().kind()).isEqualTo(Kind.LOGIN_REFUSED);
        Instant since = Instant.now();
        Thread.sleep(3000);
        assertThat(seen.state().text()).as("no fourth try since " + since).contains("3 of 3");
        assertThatThrownBy(() -> seen.call(VimConnection::currentTime))
                .isInstanceOf(VcenterException.class)
                .hasMessageContaining("service account");
        seen.replace(Thumbprint.of(certificate.certificate()), Credentials.of(Vcsim.ADMINISTRATOR, "new-password"));
        awaitConnected(seen);
    }

    @Test
    void goesOnAfterAnErrorOfTheVirtualMachine() throws Exception {
        Vcsim running = simulate(Vcsim.plain(1, 1));
        AtomicInteger greetings = new AtomicInteger();
        link = ServiceLink.start(
                vertx,
                running.instanceUuid(),
                new VcenterAddress("127.0.0.1", running.port()),
                Thumbprint.of(certificate.certificate()),
                Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD),
                new LinkListener() {
                    @Override
                    public void changed() {}

                    @Override
                    public void greet(VimConnection session) {
                        if (greetings.getAndIncrement() == 0) {
                            throw new OutOfMemoryError("for a test");
                        }
                    }

                    @Override
                    public void connected(String vcenter) {}
                });
        awaitConnected(link);
        assertThat(greetings).hasValue(2);
    }

    @Test
    void exchangedCertificateWaitsForConfirmation() throws Exception {
        Vcsim running = simulate(Vcsim.plain(1, 1));
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        awaitConnected(seen);
        TestCertificate next = TestCertificate.of(folder, "next", List.of("127.0.0.1"));
        running.control(
                "POST",
                "/certificate",
                new JsonObject()
                        .put("cert", next.certificateFile().toString())
                        .put("key", next.keyFile().toString()));
        await(
                () -> seen.state().kind() == Kind.CERTIFICATE_CHANGED,
                Duration.ofSeconds(10),
                "noticed: " + seen.state());
        assertThat(seen.state().text())
                .contains(Thumbprint.of(next.certificate()).toString());
        seen.replace(Thumbprint.of(next.certificate()), Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD));
        awaitConnected(seen);
    }

    @Test
    void otherVcenterAtTheSameAddressIsNotTakenForThisOne() throws Exception {
        Vcsim running = simulate(Vcsim.plain(1, 1));
        link = ServiceLink.start(
                vertx,
                "00000000-0000-0000-0000-000000000000",
                new VcenterAddress("127.0.0.1", running.port()),
                Thumbprint.of(certificate.certificate()),
                Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD),
                QUIET);
        ServiceLink seen = link;
        await(() -> seen.state().kind() == Kind.UNREACHABLE, Duration.ofSeconds(5), "refused");
        assertThat(seen.state().text()).contains(running.instanceUuid());
    }

    @Test
    void endsAtOnceWhileTheVcenterHangs() throws Exception {
        Vcsim running = simulate(Vcsim.plain(1, 1));
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        awaitConnected(seen);
        running.fault("*", "delay", new JsonObject().put("milliseconds", 20_000));
        Instant start = Instant.now();
        seen.close();
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }

    /** The figures that docs/performance.md promises. */
    @Test
    void largeInventoryIsSeenSoonAndWatchedForLittle() throws Exception {
        Vcsim running = simulate(Vcsim.plain(50, 2000));
        Instant start = Instant.now();
        long before = cpuNanos();
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        await(() -> seen.state().kind() == Kind.CONNECTED, Duration.ofSeconds(20), "first snapshot");
        Duration first = Duration.between(start, Instant.now());
        long work = (cpuNanos() - before) / 1_000_000;
        assertThat(seen.inventory().machines()).hasSize(2000);
        Duration change = Collections.min(toldAfter(
                running,
                power -> await(() -> named(seen, MOVED).power().equals(power), SEEN_MAX.multipliedBy(5), "change")));
        int patience = crowded() ? 4 : 1;
        long busy = cpuNanos();
        Thread.sleep(5000);
        double core = (cpuNanos() - busy) / 5e9;
        seen.close();
        Duration own = simulatorsOwn(running);
        System.out.printf(
                "vcenter: first snapshot of 50 hosts and 2,000 VMs %d ms (%d ms of processor time), a change %d ms (the"
                        + " simulator alone %d ms), idle %.2f %% of a core%n",
                first.toMillis(), work, change.toMillis(), own.toMillis(), core * 100);
        // the simulator looks at every object for every change, which takes some machines longer than we may take for
        // all of it
        Duration most = Collections.max(List.of(SEEN_MAX, own.plus(OURS_MAX)));
        assertThat(change).isLessThan(most.multipliedBy(patience));
        assertThat(first).isLessThan(Duration.ofSeconds(5L * patience));
        assertThat(core).isLessThan(0.01);
    }

    /** Who waits until a VM is seen in this state of power. */
    private interface Watcher {
        void await(String power) throws Exception;
    }

    /** How long each of three changes takes to be told of. */
    private static List<Duration> toldAfter(Vcsim running, Watcher watcher) throws Exception {
        List<Duration> took = new ArrayList<>();
        for (String power : List.of("suspended", "poweredOff", "poweredOn")) {
            running.control("POST", "/vms", new JsonObject().put("name", MOVED).put("power", power));
            Instant start = Instant.now();
            watcher.await(power);
            took.add(Duration.between(start, Instant.now()));
        }
        return took;
    }

    /** How soon the simulator tells somebody of a change who does nothing but ask for it: the best of three. */
    private Duration simulatorsOwn(Vcsim running) throws Exception {
        VcenterAddress there = new VcenterAddress("127.0.0.1", running.port());
        Thumbprint thumbprint = Thumbprint.of(certificate.certificate());
        try (VimConnection open = VimConnection.open(vertx, there, thumbprint, Duration.ofSeconds(60))) {
            open.login(Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD));
            try (PropertyWatch watch = open.watch(InventoryFold.watched(), Duration.ofSeconds(20))) {
                while (!watch.next().complete()) {}
                return Collections.min(toldAfter(running, power -> {
                    while (watch.next().updates().isEmpty()) {}
                }));
            }
        }
    }

    /** Whether more than twice as much wants to run here as there are processors: then seconds say little. */
    private static boolean crowded() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return system.getSystemLoadAverage() > 2.0 * system.getAvailableProcessors();
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** Servers with many network functions have hundreds of PCI devices, of which one answer can hold some tens of thousands. */
    @Test
    void hostsWithHundredsOfDevicesAreRead() throws Exception {
        JsonObject fixture = Vcsim.plain(100, 1);
        fixture.getJsonArray("hosts").forEach(host -> ((JsonObject) host).put("devices", 300));
        ServiceLink seen = connect(simulate(fixture), Vcsim.PASSWORD);
        await(() -> seen.state().kind() != Kind.CONNECTING, Duration.ofSeconds(60), "first snapshot");
        assertThat(seen.state().kind()).as(seen.state().text()).isEqualTo(Kind.CONNECTED);
        assertThat(seen.inventory().hosts()).hasSize(100);
    }

    private static long openFiles() {
        return ((com.sun.management.UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getOpenFileDescriptorCount();
    }

    @Test
    void tenReconnectsLeaveNothingBehind() throws Exception {
        Vcsim running = simulate(Vcsim.plain(2, 50));
        ServiceLink seen = connect(running, Vcsim.PASSWORD);
        awaitConnected(seen);
        int threads = 0;
        long files = 0;
        for (int i = 0; i < 10; i++) {
            running.control("POST", "/restart", new JsonObject());
            await(() -> seen.state().kind() != Kind.CONNECTED, Duration.ofSeconds(5), "noticed");
            await(() -> seen.state().kind() == Kind.CONNECTED, Duration.ofSeconds(10), "back");
            if (i == 1) {
                threads = Thread.activeCount();
                files = openFiles();
            }
        }
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 1);
        assertThat(openFiles()).as("connections that nobody closed").isLessThan(files + 8);
        assertThat(seen.inventory().machines()).hasSize(50);
    }
}
