package io.penstock.agent;

import static io.penstock.agent.FakeProgram.eventually;
import static io.penstock.agent.FakeProgram.text;
import static io.penstock.agent.FakeProgram.type;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How often an agent asks a server that will not have it, over real sockets and mutual TLS. */
@Timeout(30)
final class LeaseEndIT {
    private final BlockingQueue<String> notices = new LinkedBlockingQueue<>();

    @TempDir
    private Path folder;

    private FakePool pool;
    private Vertx vertx;
    private Agent agent;

    @BeforeEach
    void start() throws Exception {
        pool = new FakePool();
        vertx = Spin.vertx(3, Duration.ZERO);
        LeaseRequest request = new LeaseRequest(1, new LeaseRequest.Whole(), "tester", List.of());
        LeaseHolder lease =
                FakePool.await(LeaseHolder.acquire(vertx, pool.applianceClient(vertx), request, notices::add));
        agent = new Agent(vertx, pool.client(), lease, folder, notices::add, ConnectionWatch.NOBODY);
    }

    @AfterEach
    void stop() throws Exception {
        agent.close("the test is over");
        FakePool.await(vertx.close());
        pool.close();
    }

    @Test
    void aLeaseThatIsOverIsNeverShownAgainAndWhoeverComesLaterIsToldWhy() throws Exception {
        FakePool.await(agent.shown());
        pool.renewalStatus = 410;
        assertThat(notices.poll(5, TimeUnit.SECONDS)).contains("the lease has ended: the client was disabled");
        eventually(() -> pool.closed.get() == 1, "the connection to the server is closed");
        try (FakeProgram late =
                new FakeProgram(agent.socket(), new ProgramEnd(64 << 10, 512 << 10), notices).accepted()) {
            late.send(late.hello());
            byte[] refused = late.receive();
            assertThat(type(refused)).isEqualTo(Frames.REFUSED);
            assertThat(text(refused, 40)).contains("the client was disabled");
        }
        TimeUnit.SECONDS.sleep(2);
        assertThat(pool.daemonConnections).hasSize(1);
    }

    @Test
    void aServerThatSaysThatTheClientIsOutIsNotAskedAgain() throws Exception {
        FakePool.await(agent.shown());
        pool.daemonConnections
                .take()
                .end(Buffer.buffer("{\"ended\":{\"code\":\"REVOKED\",\"text\":\"client c1 is disabled\"}}\n"));
        assertThat(notices.poll(5, TimeUnit.SECONDS)).isEqualTo("the lease has ended: client c1 is disabled");
        TimeUnit.SECONDS.sleep(2);
        assertThat(pool.daemonConnections).isEmpty();
        assertThat(notices).isEmpty();
    }

    @Test
    void aServerThatCutsTheAgentOffAgainAndAgainIsAskedEverMoreSeldom() throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        int cuts = 0;
        for (NetSocket cut = pool.daemonConnections.poll(6, TimeUnit.SECONDS);
                cut != null;
                cut = pool.daemonConnections.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            cuts++;
            cut.close();
        }
        // the pauses are at least 0.25, 0.5, 1, 2 and 4 seconds
        assertThat(cuts).isBetween(3, 5);
    }
}
