package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.gpuserver.daemon.GpuServer;
import io.penstock.gpuserver.device.SoftwareInventory;
import io.penstock.gpuserver.worker.FrameClient;
import io.penstock.protocol.config.ByteSize;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a server and its appliance say to each other at the end. */
@Timeout(120)
@SuppressWarnings("NullAway.Init") // set up before each test
final class FarewellIT {
    private static final long MEMORY = 64L << 20;
    private static final String STOPS = "POST /v1/servers/self/stop";
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Longer than a farewell is waited for. */
    private static final Duration LATE = Duration.ofSeconds(4);

    @TempDir
    private Path folder;

    private Vertx vertx;
    private ApplianceStandIn appliance;

    @BeforeEach
    void start() throws Exception {
        vertx = Spin.vertx(2, Duration.ZERO);
        appliance = ApplianceStandIn.start(vertx);
    }

    @AfterEach
    void stop() throws Exception {
        FrameClient.await(vertx.close());
    }

    private GpuServer serve(int port) throws Exception {
        GpuServerConfig config =
                GpuServerConfig.DEFAULT.with("127.0.0.1", port, "", "software:1", new ByteSize(MEMORY));
        return FrameClient.await(GpuServer.start(
                vertx,
                config,
                appliance.member("s-1"),
                new SoftwareInventory(1, MEMORY, "s-1"),
                WorkerCommand.of(config, "s-1"),
                folder));
    }

    @Test
    void serverThatStopsSaysSo() throws Exception {
        GpuServer server = serve(0);
        assertThat(appliance.isAsked("PUT /v1/servers/self", SOON)).isTrue();
        server.stop();
        assertThat(appliance.isAsked(STOPS, SOON)).isTrue();
    }

    @Test
    void serverThatCannotListenDoesNotSayThatItStops() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThatThrownBy(() -> serve(taken.getLocalPort())).hasMessageContaining("another program listens there");
        }
        assertThat(appliance.isAsked(STOPS, LATE))
                .as("the one whose port it is would get no leases")
                .isFalse();
    }

    @Test
    void serverThatWasDeletedSaysOnceWhatToDo() throws Exception {
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(GpuServer.class);
        said.start();
        log.addAppender(said);
        GpuServer server = serve(0);
        try {
            assertThat(appliance.isAsked("PUT /v1/servers/self", SOON)).isTrue();
            appliance.forgetAll();
            for (int beats = 0; beats < 3; beats++) {
                assertThat(appliance.isAsked("POST /v1/servers/self/heartbeat", SOON))
                        .isTrue();
            }
        } finally {
            server.stop();
            log.detachAppender(said);
        }
        assertThat(said.list.stream().filter(line -> line.getLevel() == Level.ERROR))
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEqualTo(
                        "nobody is sent here any more: penstock://server/s-1 does not belong to this installation any"
                                + " more. End this server, and: penstock-gpu-server enroll URL TOKEN");
        assertThat(said.list).noneMatch(line -> line.getLevel() == Level.WARN);
    }
}
