package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.daemon.GpuServer;
import io.penstock.gpuserver.device.SoftwareInventory;
import io.penstock.gpuserver.worker.FrameClient;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.config.ByteSize;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeaseSigner;
import io.penstock.protocol.identity.LeasedGpu;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The daemon with real worker processes and software GPUs; no appliance answers, which must not matter to leases. */
@Timeout(120)
final class GpuServerIT {
    private static final long MEMORY = 256L << 20;
    private static final long LEASED = 64L << 20;

    @TempDir
    private static Path folder;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Questions at once, of a kilobyte each: many times what is taken before an answer is read. */
    private static final int FLOOD = 2_000;

    private static Vertx vertx;
    private static CertificateIssuer authority;
    private static Identity client;
    private static Identity signer;
    private static GpuServer server;

    private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
    private NetSocket agent;
    /** Vert.x closes what nothing refers to any more, connections included. */
    private final List<Object> inUse = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        vertx = Spin.vertx(2, Duration.ZERO);
        Instant now = Instant.now();
        Duration day = Duration.ofDays(1);
        authority = CertificateIssuer.authority("test", now, day);
        client = authority.identity(new PeerIdentity(PeerKind.CLIENT, "client-1"), List.of(), now, day);
        signer = authority.identity(new PeerIdentity(PeerKind.LEASE_SIGNER, "signer"), List.of(), now, day);
        Identity made = authority.identity(new PeerIdentity(PeerKind.SERVER, "server-1"), List.of(), now, day);
        Identity identity =
                new Identity(made.key(), made.chain(), made.authority(), List.of(URI.create("https://127.0.0.1:1")));
        GpuServerConfig config = new GpuServerConfig(
                "127.0.0.1",
                0,
                "",
                0,
                0,
                "software:2",
                new ByteSize(MEMORY),
                "",
                1,
                Duration.ofSeconds(2),
                PATIENCE,
                ImageCacheConfig.DEFAULT);
        server = FrameClient.await(GpuServer.start(
                vertx,
                config,
                identity,
                new SoftwareInventory(2, MEMORY, "server-1"),
                WorkerCommand.of(config, "server-1"),
                folder));
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
        FrameClient.await(vertx.close());
    }

    @BeforeEach
    void connect() throws Exception {
        PeerTrust trust = PeerTrust.exactly(authority.certificate(), new PeerIdentity(PeerKind.SERVER, "server-1"));
        NetClient agents = vertx.createNetClient(TlsOptions.netClient(client, trust));
        inUse.add(agents);
        agent = FrameClient.await(agents.connect(server.port(), "127.0.0.1"));
        agent.handler(RecordParser.newDelimited("\n", line -> answers.add(new JsonObject(line))));
    }

    @AfterEach
    void disconnect() {
        var unused = agent.close();
        await(() -> ledgers() == 0);
    }

    @Test
    void aLeaseOpensASessionThatComputesWithinItsMemory() throws Exception {
        JsonObject opened = open("lease-1", Duration.ofHours(1));
        FrameClient frames = enter(opened);
        assertThat(alloc(frames, 1 << 20).result()).isZero();
        assertThat(alloc(frames, LEASED).result()).isEqualTo(CudaResult.OUT_OF_MEMORY);
    }

    @Test
    void theMemoryOfALeaseIsSharedByItsProcesses() throws Exception {
        String lease = sign("lease-shared", "client-1", "server-1", Duration.ofHours(1));
        FrameClient one = enter(opened(lease));
        FrameClient two = enter(opened(lease));
        assertThat(alloc(one, LEASED - 4096).result()).isZero();
        assertThat(alloc(two, 8192).result()).isEqualTo(CudaResult.OUT_OF_MEMORY);
        assertThat(alloc(two, 4096).result()).isZero();
    }

    @Test
    void aKilledWorkerEndsItsSessionAndItsMemoryReturnsToTheLease() throws Exception {
        String lease = sign("lease-kill", "client-1", "server-1", Duration.ofHours(1));
        FrameClient dies = enter(opened(lease));
        assertThat(alloc(dies, LEASED).result()).isZero();
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
        assertThat(dies.reason()).contains("closed the connection");
        await(() -> ledgers() == 0);
        FrameClient next = enter(opened(lease));
        assertThat(alloc(next, LEASED).result()).isZero();
    }

    @Test
    void aClientThatGoesTakesItsWorkerAlong() throws Exception {
        enter(open("lease-gone", Duration.ofHours(1)));
        assertThat(ledgers()).isEqualTo(1);
        var unused = agent.close();
        long from = System.nanoTime();
        await(() -> ledgers() == 0);
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aWorkerWhoseProgramDoesNotComeIsTakenBack() throws Exception {
        FrameClient comes = enter(open("lease-comes", Duration.ofHours(1)));
        open("lease-waits", Duration.ofHours(1));
        assertThat(ledgers()).isEqualTo(2);
        await(() -> ledgers() == 1);
        assertThat(alloc(comes, 1 << 20).result()).as("the other goes on").isZero();
    }

    @Test
    void aLeaseThatExpiresEndsItsSessionsAndSaysSo() throws Exception {
        FrameClient frames = enter(open("lease-short", Duration.ofHours(1)));
        ask("renew", sign("lease-short", "client-1", "server-1", Duration.ofSeconds(2)));
        assertThat(frames.reason()).contains("the lease has expired");
    }

    @Test
    void aRenewedLeaseGoesOn() throws Exception {
        FrameClient frames = enter(open("lease-renewed", Duration.ofHours(1)));
        ask("renew", sign("lease-renewed", "client-1", "server-1", Duration.ofSeconds(3)));
        JsonObject renewed = ask("renew", sign("lease-renewed", "client-1", "server-1", Duration.ofHours(1)));
        assertThat(renewed.containsKey("renewed")).isTrue();
        TimeUnit.SECONDS.sleep(5);
        assertThat(alloc(frames, 4096).result()).isZero();
    }

    @Test
    void aLeaseOfAnotherClientOrServerIsRefused() throws Exception {
        assertThat(refusal(sign("l", "client-2", "server-1", Duration.ofHours(1))))
                .isEqualTo("OTHER_CLIENT");
        assertThat(refusal(sign("l", "client-1", "server-2", Duration.ofHours(1))))
                .isEqualTo("OTHER_SERVER");
        assertThat(refusal(sign("l", "client-1", "server-1", Duration.ofSeconds(-10))))
                .isEqualTo("EXPIRED");
        assertThat(refusal("no.lease.atall")).isEqualTo("INVALID");
    }

    @Test
    void aLineThatIsNoJsonEndsThatConnectionOnly() throws Exception {
        agent.write("nonsense\n");
        JsonObject farewell = answers.poll(30, TimeUnit.SECONDS);
        assertThat(farewell).isNotNull();
        assertThat(farewell.getJsonObject("ended").getString("text")).contains("not a JSON object");
        connect();
        assertThat(open("lease-after", Duration.ofHours(1)).getInteger("port")).isPositive();
    }

    @Test
    void anAgentThatAsksWithoutReadingHoldsUpNobodyAndMissesNothing() throws Exception {
        String lease = sign("lease-flood", "client-1", "server-1", Duration.ofHours(1));
        Buffer question = Buffer.buffer(new JsonObject()
                        .put("nvml", new JsonObject().put("lease", lease))
                        .encode() + "\n");
        NetSocket deaf = agent;
        deaf.pause();
        for (int i = 0; i < FLOOD; i++) {
            deaf.write(question);
        }
        connect();
        assertThat(open("lease-beside", Duration.ofHours(1)).getInteger("port")).isPositive();
        deaf.resume();
        for (int i = 0; i < FLOOD; i++) {
            assertThat(answers.poll(30, TimeUnit.SECONDS)).as("answer " + i).isNotNull();
        }
        FrameClient.await(deaf.close());
    }

    @Test
    void theHolderSeesItsGpusThroughNvmlUnderTheLeasesLimit() throws Exception {
        String text = ask("nvml", sign("lease-nvml", "client-1", "server-1", Duration.ofHours(1)))
                .getJsonObject("snapshot")
                .getString("text");
        assertThat(text).contains("device 0\n", "memory.total " + LEASED + "\n", "capability 8.0\n", "p2p.0.0 0\n");
        assertThat(text).doesNotContain("p2p.0.1", "process.0");
    }

    @Test
    void theHolderSeesTheProgramsOfItsLeaseThroughNvmlAndNoOthers() throws Exception {
        String lease = sign("lease-seen", "client-1", "server-1", Duration.ofHours(1));
        alloc(enter(opened(lease)), 1 << 20);
        String other = sign("lease-other", "client-1", "server-1", Duration.ofHours(1));
        String shown = ask("nvml", lease).getJsonObject("snapshot").getString("text");
        String hidden = ask("nvml", other).getJsonObject("snapshot").getString("text");
        assertThat(shown).containsPattern("process\\.0 1 [1-9]");
        assertThat(hidden).doesNotContain("process.0");
    }

    private JsonObject open(String id, Duration life) throws Exception {
        return opened(sign(id, "client-1", "server-1", life));
    }

    private JsonObject opened(String lease) throws Exception {
        JsonObject answer = ask("open", lease);
        assertThat(answer.fieldNames()).as(answer.encode()).containsExactly("opened");
        return answer.getJsonObject("opened");
    }

    private String refusal(String lease) throws Exception {
        return ask("open", lease).getJsonObject("refused").getString("code");
    }

    private JsonObject ask(String question, String lease) throws Exception {
        agent.write(Buffer.buffer(new JsonObject()
                        .put(question, new JsonObject().put("lease", lease))
                        .encode() + "\n"));
        JsonObject answer = answers.poll(30, TimeUnit.SECONDS);
        assertThat(answer).as("an answer within 30 s").isNotNull();
        return answer;
    }

    private static String sign(String id, String forClient, String onServer, Duration life) {
        Instant now = Instant.now();
        Lease lease = new Lease(
                id,
                forClient,
                "somebody",
                onServer,
                List.of(new LeasedGpu(SoftwareInventory.uuid("server-1", 1), LEASED)),
                0,
                now.minusSeconds(60),
                now.plus(life));
        return new LeaseSigner(signer.key(), signer.certificate()).sign(lease);
    }

    private FrameClient enter(JsonObject opened) throws Exception {
        PeerTrust trust = PeerTrust.fingerprint(new Fingerprint(opened.getString("worker")));
        LinkClient links = new LinkClient(vertx, TlsOptions.netClient(client, trust), LinkOptions.DEFAULT);
        inUse.add(links);
        FrameClient frames = FrameClient.connect(links, opened.getInteger("port"));
        assertThat(frames.hello(opened.getString("ticket")).type()).isEqualTo(FrameType.WELCOME);
        frames.connectBulk(
                links,
                opened.getInteger("port"),
                opened.getJsonArray("bulkTickets").getString(0));
        assertThat(frames.call(
                                CallNumbers.cuDevicePrimaryCtxRetain,
                                1,
                                0,
                                body -> body.putHandle(1L << 32 | 1).putI32(0).putU32(0))
                        .result())
                .isZero();
        return frames;
    }

    private static FrameClient.Reply alloc(FrameClient frames, long bytes) throws Exception {
        return frames.call(CallNumbers.cuMemAlloc_v2, 1, 1, body -> body.putU64(bytes));
    }

    private static long ledgers() {
        try (var files = Files.list(folder.resolve("ledgers"))) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("did not come true in 10 s");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException stopping) {
                throw new IllegalStateException(stopping);
            }
        }
    }
}
