package io.penstock.agent;

import static io.penstock.agent.FakeProgram.eventually;
import static io.penstock.agent.FakeProgram.text;
import static io.penstock.agent.FakeProgram.type;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent between a program's end of the channel and a pool, over real sockets and mutual TLS; asleep or awake when idle. */
@ParameterizedClass(name = "awake for {0} us after traffic")
@ValueSource(longs = {0, 200})
@Timeout(30)
final class AgentIT {
    /** A posted one, which launches. */
    private static final int CALL = 531;

    /** One whose thread waits for the reply. */
    private static final int WAITED_CALL = 256;

    private static final long RING = 64 << 10;
    private static final long SLAB = 512 << 10;

    @TempDir
    private Path folder;

    private final BlockingQueue<String> notices = new LinkedBlockingQueue<>();
    private final BlockingQueue<Handshake> handshakes = new LinkedBlockingQueue<>();

    @Parameter
    private long spinMicros;

    private FakePool pool;
    private Identity client;
    private Vertx vertx;
    private LeaseHolder lease;
    private Agent agent;

    @BeforeEach
    void start() throws Exception {
        pool = new FakePool();
        vertx = Spin.vertx(3, Duration.of(spinMicros, ChronoUnit.MICROS));
        client = pool.client();
        LeaseRequest request = new LeaseRequest(1, new LeaseRequest.Whole(), "tester", List.of());
        lease = FakePool.await(LeaseHolder.acquire(vertx, pool.applianceClient(vertx), request, notices::add));
        agent = new Agent(vertx, client, lease, folder, notices::add, (whom, handshake) -> handshakes.add(handshake));
    }

    @AfterEach
    void stop() throws Exception {
        agent.close("the test is over");
        FakePool.await(vertx.close());
        pool.close();
    }

    private FakeProgram program() throws Exception {
        return program(new ProgramEnd(RING, SLAB));
    }

    private FakeProgram program(ProgramEnd shim) throws IOException {
        return new FakeProgram(agent.socket(), shim, notices);
    }

    @Test
    void theSocketLiesInAFolderThatOnlyItsUserCanEnter() throws Exception {
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(agent.socket().getParent())))
                .isEqualTo("rwx------");
        FakePool.await(agent.close("done"));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aProgramIsGreetedWithTheTicketPutIntoItsHello() throws Exception {
        try (FakeProgram program = program().greeted()) {
            byte[] hello = pool.worker.frames.take();
            assertThat(type(hello)).isEqualTo(Frames.HELLO);
            assertThat(text(hello, 32 + 40)).isEqualTo(FakePool.TICKET);
            assertThat(text(hello, 32 + 40 + 8 + 32)).isEqualTo("program!");
            assertThat(pool.questions.take().getJsonObject("open").getString("lease"))
                    .isEqualTo("signed." + FakePool.LEASE);
            assertThat(program.isCutOff()).isFalse();
        }
    }

    @Test
    void aWorkerIsAskedForBeforeItsProgramComesAndGivenToIt() throws Exception {
        agent.anticipate(Map.of("HOME", "/home/me", "CUDA_MODULE_LOADING", "LAZY"));
        assertThat(pool.opened(1)).containsExactly(JsonArray.of("CUDA_MODULE_LOADING=LAZY"));
        try (FakeProgram first = program().greeted();
                FakeProgram second = program().greeted()) {
            assertThat(pool.opened(1))
                    .as("only the second program asks for a worker")
                    .containsExactly((JsonArray) null);
            assertThat(first.isCutOff() || second.isCutOff()).isFalse();
        }
    }

    @Test
    void aProgramOfOtherVariablesGetsAWorkerOfItsOwn() throws Exception {
        agent.anticipate(Map.of("CUDA_MODULE_LOADING", "LAZY"));
        pool.opened(1);
        try (FakeProgram program = program()) {
            program.greeted(program.hello("CUDA_DEVICE_ORDER=PCIBUS"));
            assertThat(pool.opened(1)).containsExactly((JsonArray) null);
            assertThat(pool.worker.closed.poll(10, TimeUnit.SECONDS))
                    .as("the worker that was not taken is given back")
                    .contains("its program did not come");
            assertThat(program.isCutOff()).isFalse();
        }
    }

    @Test
    void aWorkerThatEndedBeforeItsProgramCameIsReplaced() throws Exception {
        pool.answers = question -> {
            JsonObject answer = pool.open(question);
            if (question.containsKey("open") && question.getJsonObject("open").containsKey("environment")) {
                answer.getJsonObject("opened").put("port", 1);
            }
            return answer;
        };
        agent.anticipate(Map.of("CUDA_MODULE_LOADING", "LAZY"));
        try (FakeProgram program = program().greeted()) {
            assertThat(pool.opened(2)).last().isNull();
            assertThat(program.isCutOff()).isFalse();
        }
    }

    @Test
    void callsReachTheWorkerInOrderAndRepliesComeBackThroughRingsMuchSmallerThanAll() throws Exception {
        Random random = new Random(3);
        try (FakeProgram program = program().greeted()) {
            int calls = 3000;
            byte[][] bodies = new byte[calls][];
            int received = 0;
            for (int i = 0; i < calls; i++) {
                bodies[i] = new byte[8 * random.nextInt(200)];
                random.nextBytes(bodies[i]);
                byte[] frame = program.shim.frame(CALL, bodies[i]);
                while (!program.shim.publish(frame)) {
                    received += check(program, bodies, received);
                }
                if (program.shim.mustRing()) {
                    program.socket.write(ByteBuffer.wrap(new byte[] {1}));
                }
            }
            while (received < calls) {
                received += check(program, bodies, received);
            }
            SessionCounts counts = FakePool.await(agent.counts());
            assertThat(counts.calls()).isEqualTo(calls);
            assertThat(counts.launches()).isEqualTo(calls);
            assertThat(counts.waits()).isEqualTo(calls);
            long bytes = Arrays.stream(bodies)
                    .mapToLong(body -> Frames.HEADER_BYTES + body.length)
                    .sum();
            assertThat(counts.bytesUp()).isEqualTo(bytes);
            assertThat(counts.byCall()).singleElement().satisfies(only -> {
                assertThat(only.call()).isEqualTo(CALL);
                assertThat(only.bytesDown()).isEqualTo(bytes);
            });
        }
    }

    @Test
    void anAgentThatIsClosedBeforeItsLeaseIsShownSaysNothing() throws Exception {
        Agent brief = new Agent(vertx, client, lease, folder, notices::add, ConnectionWatch.NOBODY);
        FakePool.await(brief.close("the program was a short one"));
        FakePool.await(brief.shown().otherwiseEmpty());
        assertThat(notices).isEmpty();
    }

    @Test
    void whatIsWaitedForIsTimedAndWhatIsPostedIsNot() throws Exception {
        try (FakeProgram program = program().greeted()) {
            Duration pause = Duration.ofMillis(40);
            pool.worker.pause = pause;
            long started = System.nanoTime();
            for (int i = 0; i < 3; i++) {
                program.send(program.shim.frame(WAITED_CALL, new byte[8]));
                assertThat(type(program.receive())).isEqualTo(WAITED_CALL);
            }
            long seen = System.nanoTime() - started;
            program.send(program.shim.frame(CALL, new byte[8]));
            assertThat(type(program.receive())).isEqualTo(CALL);
            SessionCounts counts = FakePool.await(agent.counts());
            assertThat(counts.waits()).isEqualTo(4);
            assertThat(counts.waited().count()).isEqualTo(3);
            assertThat(counts.waited().totalNanos()).isBetween(3 * pause.toNanos(), seen);
            assertThat(counts.waited().quantileNanos(0.5)).isGreaterThan(pause.toNanos() * 9 / 10);
        }
    }

    private static int check(FakeProgram program, byte[][] bodies, int next) throws Exception {
        byte[] reply = program.receive();
        if (type(reply) == Frames.ACK) {
            return 0;
        }
        assertThat(reply).hasSize(32 + bodies[next].length).endsWith(bodies[next]);
        return 1;
    }

    @Test
    void payloadGoesUpThroughASlabMuchSmallerThanItself() throws Exception {
        byte[] bytes = new byte[4 << 20];
        new Random(4).nextBytes(bytes);
        try (FakeProgram program = program().greeted()) {
            int chunk = 100_003;
            long tail = 0;
            for (int at = 0; at < bytes.length; at += chunk) {
                byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + chunk));
                long start = tail + 63 & -64;
                if ((start & SLAB - 1) + piece.length > SLAB) {
                    start = start + SLAB - 1 & -SLAB;
                }
                long end = start + piece.length;
                eventually(() -> end - program.shim.word(ChannelLayout.UP_SLAB_HEAD) <= SLAB, "room in the up slab");
                program.send(program.shim.payload(7, at, piece, start));
                tail = end;
            }
            eventually(() -> pool.worker.received() == bytes.length, "all payload came");
            assertThat(Arrays.mismatch(pool.worker.payload, 0, bytes.length, bytes, 0, bytes.length))
                    .isEqualTo(-1);
            long last = tail;
            eventually(() -> program.shim.word(ChannelLayout.UP_SLAB_HEAD) == last, "all room is free again");
        }
    }

    @Test
    void payloadComesDownThroughASlabMuchSmallerThanItself() throws Exception {
        byte[] bytes = new byte[4 << 20];
        new Random(5).nextBytes(bytes);
        byte[] got = new byte[bytes.length];
        try (FakeProgram program = program().greeted()) {
            eventually(() -> pool.worker.bulk.size() == 2, "both bulk connections are up");
            pool.worker.sendPayload(9, bytes);
            long total = 0;
            while (total < bytes.length) {
                MemorySegment frame = MemorySegment.ofArray(program.receive());
                if (Frames.type(frame, 0) == Frames.PAYLOAD) {
                    assertThat(frame.get(Frames.U64, Frames.PAYLOAD_ID)).isEqualTo(9);
                    long offset = frame.get(Frames.U64, Frames.PAYLOAD_OFFSET);
                    long position = frame.get(Frames.U64, Frames.PAYLOAD_POSITION);
                    int length = (int) frame.get(Frames.U64, Frames.PAYLOAD_LENGTH);
                    System.arraycopy(program.shim.downSlab(position, length), 0, got, (int) offset, length);
                    program.shim.setWord(ChannelLayout.DOWN_SLAB_HEAD, position + length);
                    if (program.shim.flag(ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP) != 0) {
                        program.ring();
                    }
                    total += length;
                }
            }
            assertThat(Arrays.mismatch(got, bytes)).isEqualTo(-1);
        }
    }

    @Test
    void aServerThatRefusesGivesTheProgramItsCodeAndItsWords() throws Exception {
        pool.answers = question -> new JsonObject()
                .put(
                        "refused",
                        new JsonObject().put("code", "full").put("result", 2).put("text", "no memory is left"));
        try (FakeProgram program = program().accepted()) {
            program.send(program.hello());
            byte[] refused = program.receive();
            assertThat(type(refused)).isEqualTo(Frames.REFUSED);
            assertThat(MemorySegment.ofArray(refused).get(Frames.U32, 32)).isEqualTo(2);
            assertThat(text(refused, 40)).isEqualTo("no memory is left");
            eventually(program::isCutOff, "the socket is closed");
            assertThat(notices.take()).contains("no memory is left");
        }
    }

    @Test
    void aWorkerWithAnotherCertificateIsNotTrusted() throws Exception {
        pool.answers = question -> {
            JsonObject opened = pool.open(question);
            opened.getJsonObject("opened").put("worker", "0".repeat(64));
            return opened;
        };
        try (FakeProgram program = program().accepted()) {
            program.send(program.hello());
            assertThat(type(program.receive())).isEqualTo(Frames.REFUSED);
            assertThat(pool.worker.frames).isEmpty();
        }
    }

    @Test
    void aWorkerThatDiesEndsItsProgramsSessionWithAReason() throws Exception {
        try (FakeProgram program = program().greeted()) {
            pool.worker.links.take().close("killed");
            byte[] last = program.receive();
            assertThat(type(last)).isEqualTo(Frames.GOODBYE);
            eventually(program::isCutOff, "the socket is closed");
        }
    }

    @Test
    void aProgramThatSaysGoodbyeIsTheEndOfItsSessionWithoutAWord() throws Exception {
        try (FakeProgram program = program().greeted()) {
            program.send(program.shim.frame(Frames.GOODBYE, new byte[8]));
            assertThat(pool.worker.closed.poll(5, TimeUnit.SECONDS)).contains("said goodbye");
            eventually(program::isCutOff, "the socket is closed");
            assertThat(notices).isEmpty();
        }
    }

    @Test
    void aProgramThatDiesLosesItsWorkerWithinASecond() throws Exception {
        FakeProgram program = program().greeted();
        program.close();
        assertThat(pool.worker.closed.poll(1, TimeUnit.SECONDS)).contains("is gone");
    }

    @Test
    void aServerThatGoesAwayEndsAllSessionsThereAndSaysSo() throws Exception {
        try (FakeProgram program = program().greeted()) {
            pool.daemonConnections.take().close();
            assertThat(type(program.receive())).isEqualTo(Frames.GOODBYE);
            eventually(program::isCutOff, "the socket is closed");
            assertThat(notices).anyMatch(notice -> notice.contains("the connection to the server ended"));
        }
    }

    @Test
    void aServerThatCutsTheAgentOffIsQuotedWithItsReason() throws Exception {
        try (FakeProgram program = program().greeted()) {
            pool.daemonConnections.take().end(Buffer.buffer("{\"ended\":{\"text\":\"client c1 is disabled\"}}\n"));
            assertThat(text(program.receive(), 32)).contains("client c1 is disabled");
            assertThat(notices).anyMatch(notice -> notice.endsWith("ended: client c1 is disabled"));
        }
    }

    @Test
    void whoIsAtBothEndsOfAConnectionIsToldAsItsHandshakeFoundIt() throws Exception {
        FakePool.await(agent.shown());
        Handshake daemon = handshakes.take();
        assertThat(daemon.own()).isEqualTo(client.chain());
        assertThat(daemon.peerCertificate()).isEqualTo(pool.server.certificate());
        assertThat(daemon.protocol()).isEqualTo("TLSv1.3");
        assertThat(daemon.cipher()).startsWith("TLS_");
        assertThat(handshakes).isEmpty();
        try (FakeProgram program = program().greeted()) {
            Handshake worker = handshakes.take();
            assertThat(worker.own()).isEqualTo(client.chain());
            assertThat(worker.peerCertificate()).isEqualTo(pool.workerIdentity.certificate());
            assertThat(program.isCutOff()).isFalse();
        }
    }

    @Test
    void theLeaseIsShownToTheServerFirstAndAgainAfterTheConnectionWasCut() throws Exception {
        String lease = "signed." + FakePool.LEASE;
        assertThat(pool.shown.take().getJsonObject("renew").getString("lease")).isEqualTo(lease);
        pool.daemonConnections.take().close();
        assertThat(pool.shown.poll(5, TimeUnit.SECONDS).getJsonObject("renew").getString("lease"))
                .isEqualTo(lease);
        assertThat(notices).isEmpty();
    }

    @Test
    void aLeaseThatIsRevokedEndsItsSessionsAndSaysWhy() throws Exception {
        try (FakeProgram program = program().greeted()) {
            pool.renewalStatus = 410;
            byte[] last = program.receive();
            assertThat(text(last, 32)).contains("the client was disabled");
            assertThat(notices.take()).contains("the client was disabled");
        }
    }

    @Test
    void anApplianceThatFailsEndsNothing() throws Exception {
        pool.renewalStatus = 500;
        try (FakeProgram program = program().greeted()) {
            assertThat(notices.poll(5, TimeUnit.SECONDS)).contains("programs go on");
            program.send(program.shim.frame(CALL, new byte[16]));
            assertThat(type(program.receive())).isEqualTo(CALL);
        }
    }

    @Test
    void aRenewedLeaseIsShownToTheServer() throws Exception {
        try (FakeProgram program = program().greeted()) {
            assertThat(pool.questions.take().containsKey("open")).isTrue();
            assertThat(pool.questions
                            .poll(5, TimeUnit.SECONDS)
                            .getJsonObject("renew")
                            .getString("lease"))
                    .isEqualTo("signed." + FakePool.LEASE);
            assertThat(program.isCutOff()).isFalse();
        }
    }

    @Test
    void aReleasedLeaseIsGivenBackOnce() throws Exception {
        FakePool.await(lease.release());
        FakePool.await(lease.release());
        assertThat(pool.requests).containsOnlyOnce("DELETE /v1/leases/" + FakePool.LEASE);
    }

    @Test
    void aProgramThatBreaksTheRulesEndsItsOwnSessionOnly() throws Exception {
        try (FakeProgram good = program().greeted();
                FakeProgram bad = program().greeted()) {
            bad.shim.setWord(ChannelLayout.UP_TAIL, 1L << 50);
            bad.socket.write(ByteBuffer.wrap(new byte[] {1}));
            eventually(bad::isCutOff, "the rule-breaker is cut off");
            assertThat(notices.take()).contains("broke the rules").contains("up ring's tail");
            good.send(good.shim.frame(CALL, new byte[8]));
            assertThat(type(good.receive())).isEqualTo(CALL);
        }
    }

    @Test
    void aStrangerOnTheSocketIsTurnedAway() throws Exception {
        try (SocketChannel stranger = SocketChannel.open(UnixDomainSocketAddress.of(agent.socket()))) {
            stranger.write(ByteBuffer.wrap(new byte[24]));
            assertThat(stranger.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(notices.take()).contains("turned away");
        }
    }

    @Test
    void aMemfdThatCouldShrinkIsTurnedAway() throws Exception {
        try (FakeProgram program = program(new ProgramEnd(RING, SLAB, 4))) {
            assertThat(program.socket.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(notices.take()).contains("seals");
        }
    }

    @Test
    void anNvmlLibraryIsToldWhatTheServerKnows() throws Exception {
        pool.answers =
                question -> new JsonObject().put("snapshot", new JsonObject().put("text", "driver 1\ncuda 13000\n"));
        try (SocketChannel nvml = SocketChannel.open(UnixDomainSocketAddress.of(agent.socket()))) {
            ByteBuffer opening = ByteBuffer.allocate(25).order(ByteOrder.LITTLE_ENDIAN);
            opening.putLong(Opening.NVML_MAGIC)
                    .putInt(1)
                    .putInt(0)
                    .putLong(0)
                    .put((byte) 'S')
                    .flip();
            nvml.write(opening);
            ByteBuffer answer = ByteBuffer.allocate(4 + 20).order(ByteOrder.LITTLE_ENDIAN);
            while (answer.hasRemaining() && nvml.read(answer) >= 0) {}
            assertThat(answer.flip().getInt()).isEqualTo(20);
            assertThat(StandardCharsets.UTF_8.decode(answer).toString()).isEqualTo("driver 1\ncuda 13000\n");
            assertThat(pool.questions.take().containsKey("nvml")).isTrue();
        }
    }

    @Test
    void closingTheAgentTellsProgramsWhyAndReportsWhatWentThrough() throws Exception {
        try (FakeProgram program = program().greeted()) {
            program.send(program.shim.frame(CALL, new byte[8]));
            assertThat(type(program.receive())).isEqualTo(CALL);
            SessionCounts counts = FakePool.await(agent.close("the lease is given back"));
            assertThat(counts.sessions()).isEqualTo(1);
            assertThat(counts.calls()).isEqualTo(1);
            assertThat(text(program.receive(), 32)).isEqualTo("the lease is given back");
            assertThat(pool.worker.closed.poll(1, TimeUnit.SECONDS)).contains("the lease is given back");
        }
    }
}
