package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageDigest;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.gpuserver.session.Session;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** One worker session over loopback and mutual TLS, against a driver that records what it is asked. */
@ParameterizedClass(name = "executor awake for {0} ns without work")
@ValueSource(longs = {0, 200_000})
@Timeout(60)
final class WorkerSessionIT {
    private static final long LIMIT = 64 << 20;
    private static final int CONTEXT = 1;
    private static final long CONTEXT_WIRE = 1L << 32 | CONTEXT;

    private static Vertx vertx;
    private static Identity worker;
    private static Identity client;
    private static Identity stranger;

    @Parameter
    private long spinNanos;

    @TempDir
    private Path folder;

    private final FakeCudaDriver driver = new FakeCudaDriver();
    private MemoryLedger ledger;
    private ImageCache images;
    private Session session;
    private LinkServer listener;
    private LinkClient connector;
    private FrameClient frames;

    @BeforeAll
    static void identities() {
        vertx = Spin.vertx(3, Spin.standard());
        worker = EphemeralIdentity.make();
        client = made("client");
        stranger = made("stranger");
    }

    private static Identity made(String name) {
        return CertificateIssuer.ephemeral(name, worker.authority(), Instant.now(), Duration.ofHours(1));
    }

    @AfterAll
    static void closeAll() throws Exception {
        FrameClient.await(vertx.close());
    }

    @BeforeEach
    void listen() throws Exception {
        Path file = folder.resolve("ledger");
        images = new ImageCache(new ImagePlace(folder.resolve("images"), 1 << 20, 8));
        ledger = MemoryLedger.create(file, List.of(LIMIT));
        session = new Session(
                new Session.Terms("session-1", "server-1", "sesame", Set.of("bulk-1", "bulk-2"), spinNanos),
                (environment, output) -> driver,
                MemoryLedger.open(file, 1),
                new ImageKeeper(images));
        listener = FrameClient.await(
                WorkerServer.listen(vertx, worker, Fingerprint.of(client.certificate()), "127.0.0.1", 0, 0, session));
        connector = connectorOf(client);
        frames = FrameClient.connect(connector, listener.port());
    }

    private static LinkClient connectorOf(Identity who) {
        PeerTrust trust = PeerTrust.fingerprint(Fingerprint.of(worker.certificate()));
        return new LinkClient(vertx, TlsOptions.netClient(who, trust), LinkOptions.DEFAULT);
    }

    @AfterEach
    void close() throws Exception {
        connector.close();
        FrameClient.await(listener.close());
    }

    @Test
    void aProgramAllocatesCopiesBothWaysAndFrees() throws Exception {
        start();
        long pointer = alloc(1 << 20);
        MemorySegment up = FrameClient.random(1 << 20);
        frames.post(
                CallNumbers.cuMemcpyHtoD_v2,
                1,
                CONTEXT,
                body -> body.putU64(pointer).putU64(1 << 20).putU64(1));
        frames.payload(1, up);
        MemorySegment down = Arena.ofAuto().allocate(1 << 20);
        frames.expect(2, down);
        FrameClient.Reply reply = frames.call(
                CallNumbers.cuMemcpyDtoH_v2,
                1,
                CONTEXT,
                body -> body.putU64(pointer).putU64(1 << 20).putU64(2));
        assertThat(reply.result()).isZero();
        frames.awaitPayload(2);
        assertThat(down.mismatch(up)).isEqualTo(-1);
        assertThat(ledger.used(0)).isEqualTo(1 << 20);
        frames.post(CallNumbers.cuMemFree_v2, 1, CONTEXT, body -> body.putU64(pointer));
        assertThat(alloc(LIMIT)).as("the free is done before the lease says no").isNotZero();
    }

    @Test
    void smallCopiesTravelWithTheirFrames() throws Exception {
        start();
        long pointer = alloc(4096);
        MemorySegment up = FrameClient.random(1000);
        frames.post(
                CallNumbers.cuMemcpyHtoD_v2,
                1,
                CONTEXT,
                body -> body.putU64(pointer).putU64(1000).putU64(0).putBlock(up));
        FrameClient.Reply reply = frames.call(
                CallNumbers.cuMemcpyDtoH_v2,
                1,
                CONTEXT,
                body -> body.putU64(pointer).putU64(1000).putU64(0));
        assertThat(reply.result()).isZero();
        Reader outs = reply.outs();
        assertThat(outs.readU64()).isEqualTo(1000);
        assertThat(outs.readU64()).isZero();
        assertThat(outs.readBlock(1000).mismatch(up)).isEqualTo(-1);
    }

    @Test
    void theSnapshotTellsTheLeasesMemoryAndTheDevicesName() throws Exception {
        Reader welcome = frames.hello("sesame").reader();
        assertThat(welcome.readU32()).isEqualTo(1);
        assertThat(welcome.readU32()).isEqualTo(13000);
        assertThat(welcome.readString()).isEqualTo("server-1");
        assertThat(welcome.readString()).isEqualTo("session-1");
        assertThat(welcome.readU32()).isEqualTo(1);
        MemorySegment device = welcome.readBlock(1160);
        assertThat(device.getString(0)).startsWith("Fake device");
        assertThat(device.get(ValueLayout.JAVA_LONG_UNALIGNED, 288)).isEqualTo(LIMIT);
    }

    @Test
    void callsOfSeveralThreadsAreIssuedInProgramOrderByOneThread() throws Exception {
        start();
        long function = function();
        for (int launch = 1; launch <= 2000; launch++) {
            launch(function, 1 + launch % 7, launch);
        }
        frames.call(CallNumbers.cuCtxSynchronize, 1, CONTEXT, body -> {});
        List<String> launches = driver.calls().stream()
                .filter(call -> call.startsWith("cuLaunchKernel"))
                .toList();
        assertThat(launches).hasSize(2000);
        for (int i = 0; i < 2000; i++) {
            assertThat(launches.get(i)).isEqualTo("cuLaunchKernel " + (i + 1));
        }
    }

    @Test
    void aWaitDoesNotStallTheOthers() throws Exception {
        start();
        makeStream();
        long stream = 0x1001;
        driver.stop(stream);
        CompletableFuture<FrameClient.Reply> waits =
                frames.start(CallNumbers.cuStreamSynchronize, 1, CONTEXT, body -> body.putHandle(1L << 32 | 20));
        assertThat(alloc(256)).isNotZero();
        assertThat(frames.call(CallNumbers.cuStreamSynchronize, 2, CONTEXT, body -> body.putHandle(0))
                        .result())
                .isZero();
        assertThat(waits).isNotDone();
        driver.go(stream);
        assertThat(waits.get(5, TimeUnit.SECONDS).result()).isZero();
    }

    @Test
    void bytesOfAPostedCopyComeBeforeTheProofThatItIsDone() throws Exception {
        start();
        long pointer = alloc(512);
        makeStream();
        driver.stop(0x1001);
        frames.post(
                CallNumbers.cuMemcpyDtoHAsync_v2,
                1,
                CONTEXT,
                body -> body.putU64(pointer)
                        .putHandle(1L << 32 | 20)
                        .putU64(512)
                        .putU64(9));
        CompletableFuture<FrameClient.Reply> waits =
                frames.start(CallNumbers.cuStreamSynchronize, 1, CONTEXT, body -> body.putHandle(1L << 32 | 20));
        CompletableFuture<Integer> dataFirst = waits.thenApply(reply -> frames.control() == null ? 0 : 1);
        driver.go(0x1001);
        FrameClient.Came data = frames.next();
        assertThat(data.type()).isEqualTo(FrameType.DATA);
        assertThat(data.reader().readU64()).isEqualTo(9);
        assertThat(dataFirst.get(5, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void aPostedCallThatFailsIsReportedWithItsNumberAndThread() throws Exception {
        start();
        long function = function();
        driver.failLaunches(CudaResult.LAUNCH_OUT_OF_RESOURCES);
        long posted = launch(function, 5, 1);
        FrameClient.Came failed = frames.next();
        assertThat(failed.type()).isEqualTo(FrameType.FAILED);
        assertThat(failed.thread()).isEqualTo(5);
        Reader body = failed.reader();
        assertThat(body.readU64()).isEqualTo(posted);
        assertThat(body.readU32()).isEqualTo(CallNumbers.cuLaunchKernel);
        assertThat(body.readI32()).isEqualTo(CudaResult.LAUNCH_OUT_OF_RESOURCES);
        assertThat(body.readU32()).as("not sticky").isZero();
        assertThat(body.readString()).contains("cuLaunchKernel returned CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
    }

    @Test
    void moreMemoryThanTheLeaseIsANativeOutOfMemoryThatTheDriverNeverSees() throws Exception {
        start();
        FrameClient.Reply reply = frames.call(CallNumbers.cuMemAlloc_v2, 1, CONTEXT, body -> body.putU64(LIMIT + 1));
        assertThat(reply.result()).isEqualTo(CudaResult.OUT_OF_MEMORY);
        assertThat(driver.calls()).doesNotContain("cuMemAlloc_v2");
        assertThat(ledger.used(0)).isZero();
    }

    @Test
    void aHandleThatWasNeverMadeIsInvalidAndTheSessionLives() throws Exception {
        start();
        FrameClient.Reply reply =
                frames.call(CallNumbers.cuStreamSynchronize, 1, CONTEXT, body -> body.putHandle(7L << 32 | 999));
        assertThat(reply.result()).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(alloc(16)).isNotZero();
    }

    @Test
    void bothSidesAgreeOnTheNumberOfLaunches() throws Exception {
        start();
        long function = function();
        long last = 0;
        for (int launch = 1; launch <= 5; launch++) {
            last = launch(function, 1, launch);
        }
        frames.send(
                FrameType.COUNTS,
                0,
                1,
                0,
                last + 1,
                body -> body.putU64(5).putU64(5).putU64(0));
        FrameClient.Came counts = frames.next();
        assertThat(counts.type()).isEqualTo(FrameType.COUNTS);
        assertThat(counts.reader().readU64()).isEqualTo(5);
    }

    @Test
    void aWrongTicketEndsTheSessionBeforeTheDriverIsAsked() throws Exception {
        frames.send(FrameType.HELLO, 0, 0, 0, 0, body -> {
            body.putU32(1).putU32(1).putBlock(MemorySegment.ofArray(new byte[32]));
            body.putString("guess").putString("test").putU32(1).putU32(1).putU64(0);
        });
        assertThat(frames.reason()).contains("the ticket opens nothing here");
        assertThat(driver.calls()).isEmpty();
    }

    @Test
    void aClientOfAnotherDescriptionIsRefusedWithAReason() throws Exception {
        frames.send(FrameType.HELLO, 0, 0, 0, 0, body -> {
            body.putU32(1).putU32(1).putBlock(MemorySegment.ofArray(new byte[32]));
            body.putString("sesame").putString("test").putU32(1).putU32(1).putU64(0);
        });
        FrameClient.Came refused = frames.next();
        assertThat(refused.type()).isEqualTo(FrameType.REFUSED);
        assertThat(driver.calls()).isEmpty();
    }

    @Test
    void aStrangerWithTheRightTicketIsStoppedByItsCertificate() {
        LinkClient strange = connectorOf(stranger);
        assertThatThrownBy(() -> {
                    FrameClient intruder = FrameClient.connect(strange, listener.port());
                    intruder.hello("sesame");
                })
                .isInstanceOfAny(Exception.class, AssertionError.class);
        assertThat(driver.calls()).isEmpty();
        strange.close();
    }

    @Test
    void anOversizedFrameEndsTheSessionWithAReason() throws Exception {
        start();
        MemorySegment lie = Arena.ofAuto().allocate(64, 8);
        lie.set(ValueLayout.JAVA_INT, 0, 1 << 29);
        lie.set(ValueLayout.JAVA_SHORT, 4, (short) 300);
        frames.sendRaw(lie);
        assertThat(frames.reason()).contains("536870912 bytes");
        assertThat(session.ended().get(5, TimeUnit.SECONDS)).contains("536870912 bytes");
    }

    @Test
    void randomBodiesEndTheSessionWithAReasonOrAnError() throws Exception {
        start();
        Random random = new Random(11);
        byte[] noise = new byte[64];
        random.nextBytes(noise);
        frames.post(CallNumbers.cuLaunchKernel, 1, CONTEXT, body -> body.putBlock(MemorySegment.ofArray(noise)));
        assertThat(frames.reason()).contains("the client broke the protocol");
    }

    @Test
    void aFrameOutOfOrderEndsTheSession() throws Exception {
        start();
        frames.send(CallNumbers.cuCtxSynchronize, 0, 1, CONTEXT, 999, body -> {});
        assertThat(frames.reason()).contains("frame 999 after");
    }

    @Test
    void aClientThatVanishesEndsTheSession() throws Exception {
        start();
        connector.close();
        assertThat(session.ended().get(2, TimeUnit.SECONDS)).contains("closed the connection");
    }

    @Test
    void modulesAreLoadedOffTheExecutorAndTheirFunctionsDescribed() throws Exception {
        start();
        long function = function();
        assertThat(function).isEqualTo(1L << 32 | 31);
        assertThat(driver.calls()).contains("cuModuleLoadDataEx .version 8.0", "cuModuleGetFunction saxpy");
        assertThat(driver.threads()).anyMatch(name -> name.startsWith("waiter"));
    }

    @Test
    void aDriverThatBreaksOffTheExecutorEndsTheSessionWithAReason() throws Exception {
        start();
        assertThatThrownBy(() -> frames.loadText(CONTEXT, 1L << 32 | 1, FakeCudaDriver.BREAKS));
        assertThat(frames.reason()).contains("an error in the worker: java.lang.StackOverflowError");
    }

    @Test
    void anImageThatWasSentOnceIsLoadedByItsName() throws Exception {
        start();
        byte[] image = " ".repeat(100_000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(image);
        assertThat(frames.load(CONTEXT, 40, digest, 0, 0)).isEqualTo(CudaResult.NOT_FOUND);
        assertThat(loadLarge(41, digest, 1, image)).isZero();
        awaitKept(digest);
        assertThat(frames.load(CONTEXT, 42, digest, 0, 0)).isZero();
        assertThat(driver.calls())
                .filteredOn(call -> call.startsWith("cuModuleLoadDataEx"))
                .hasSize(2);
    }

    @Test
    void anImageSentUnderAnothersNameIsNotLoadedByIt() throws Exception {
        start();
        byte[] wrong = MessageDigest.getInstance("SHA-256").digest(new byte[] {1});
        byte[] right = MessageDigest.getInstance("SHA-256").digest(new byte[100_001]);
        assertThat(loadLarge(40, wrong, 1, new byte[100_000]))
                .as("it harms its sender alone")
                .isZero();
        assertThat(loadLarge(41, right, 2, new byte[100_001])).isZero();
        awaitKept(right);
        assertThat(frames.load(CONTEXT, 42, wrong, 0, 0)).isEqualTo(CudaResult.NOT_FOUND);
    }

    private void awaitKept(byte[] digest) throws InterruptedException {
        for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                !images.mayHave(ImageDigest.read(MemorySegment.ofArray(digest)));
                TimeUnit.MILLISECONDS.sleep(5)) {
            assertThat(System.nanoTime()).as("the image is kept within 10 s").isLessThan(until);
        }
    }

    private int loadLarge(int index, byte[] digest, long payload, byte[] image) throws Exception {
        MemorySegment memory = Arena.ofAuto().allocate(image.length, 8);
        frames.payload(payload, memory.copyFrom(MemorySegment.ofArray(image)));
        return frames.load(CONTEXT, index, digest, payload, image.length);
    }

    @Test
    void aFunctionThatCannotBeDescribedBecauseAKernelFailedTellsThatFailure() throws Exception {
        start();
        long function = function();
        driver.failContext(CudaResult.ASSERT);
        FrameClient.Reply reply = frames.call(
                CallNumbers.cuFuncLoad,
                1,
                CONTEXT,
                body -> body.putHandle(function).putU32(0).putU32(0));
        assertThat(reply.result()).as("seen with driver 580").isEqualTo(CudaResult.ASSERT);
    }

    /** Wire handle 20, the driver's 0x1001. */
    private void makeStream() throws Exception {
        frames.post(
                CallNumbers.cuStreamCreate,
                1,
                CONTEXT,
                body -> body.putHandle(1L << 32 | 20).putU32(1));
        frames.call(CallNumbers.cuCtxSynchronize, 1, CONTEXT, body -> {});
    }

    private void start() throws Exception {
        assertThat(frames.hello("sesame").type()).isEqualTo(FrameType.WELCOME);
        frames.connectBulk(connector, listener.port(), "bulk-1");
        FrameClient.Reply reply = frames.call(
                CallNumbers.cuDevicePrimaryCtxRetain,
                1,
                0,
                body -> body.putHandle(CONTEXT_WIRE).putI32(0).putU32(0));
        assertThat(reply.result()).isZero();
    }

    private long alloc(long bytes) throws Exception {
        FrameClient.Reply reply = frames.call(CallNumbers.cuMemAlloc_v2, 1, CONTEXT, body -> body.putU64(bytes));
        assertThat(reply.result()).isZero();
        return reply.outs().readU64();
    }

    /** Loads a module and resolves a function; answers its wire handle. */
    private long function() throws Exception {
        assertThat(frames.loadText(CONTEXT, 1L << 32 | 30, ".version 8.0")).isZero();
        FrameClient.Reply resolved = frames.call(
                CallNumbers.cuModuleGetFunction,
                1,
                CONTEXT,
                body -> body.putHandle(1L << 32 | 31).putHandle(1L << 32 | 30).putString("saxpy"));
        assertThat(resolved.result()).isZero();
        resolved.outs().readU64();
        resolved.outs().readBlock(4 * 32);
        assertThat(resolved.outs().readU32()).as("parameters").isEqualTo(2);
        return 1L << 32 | 31;
    }

    private long launch(long function, int thread, int gridX) {
        return frames.post(
                CallNumbers.cuLaunchKernel,
                thread,
                CONTEXT,
                body -> body.putHandle(function)
                        .putU32(0)
                        .putU32(0)
                        .putU32(gridX)
                        .putU32(1)
                        .putU32(1)
                        .putU32(32)
                        .putU32(1)
                        .putU32(1)
                        .putU32(0)
                        .putU32(0)
                        .putHandle(0)
                        .putU64(16)
                        .putU64(1)
                        .putU64(2));
    }
}
