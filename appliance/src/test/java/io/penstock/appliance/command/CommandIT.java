package io.penstock.appliance.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.Commands;
import io.penstock.appliance.Commands.Outcome;
import io.penstock.appliance.StateFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as people start it: real processes. */
class CommandIT {
    private static final Duration START_MAX = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Process start(String... arguments) throws IOException {
        return new Commands(state()).start(arguments);
    }

    private Outcome run(String... arguments) throws IOException, InterruptedException {
        return new Commands(state()).run(arguments);
    }

    private StateFolder state() {
        return new StateFolder(folder.resolve("state"));
    }

    private URI awaitEndpoint() throws IOException, InterruptedException {
        Instant end = Instant.now().plus(START_MAX);
        while (!Files.exists(state().path().resolve("endpoint.json"))) {
            assertThat(Instant.now()).as("the appliance did not start").isBefore(end);
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return state().endpoint().url();
    }

    @Test
    @Timeout(120)
    void applianceIsMadeServedAskedAndStopped() throws Exception {
        Outcome made = run("init", "--name", "127.0.0.1,localhost");
        assertThat(made.status()).as(made.text()).isZero();
        assertThat(made.text()).contains("penstock-appliance serve --state");
        for (String secret : List.of("authority.pem", "admin.token")) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(state().path().resolve(secret))))
                    .isEqualTo("rw-------");
        }
        assertThat(run("init").text()).contains("already");

        Process serving = start("serve", "--host", "127.0.0.1", "--port", "0");
        try {
            URI url = awaitEndpoint();
            Outcome token = run("token", "create", "--kind", "client");
            assertThat(token.text()).contains("penstock enroll " + url + " pst1.client.");
            assertThat(token.status()).isZero();
            assertThat(run("client", "list").text()).startsWith("ID  NAME");
            Outcome unknown = run("client", "disable", "nobody");
            assertThat(unknown.status()).isEqualTo(1);
            assertThat(unknown.text()).isEqualToIgnoringWhitespace("penstock-appliance: there is no client nobody");
            assertThat(run("serve").text()).contains("another appliance already serves");
            assertThat(serving.inputReader()
                            .lines()
                            .filter(line -> line.contains("page"))
                            .findFirst())
                    .as("no link to a page that is not there")
                    .hasValueSatisfying(line -> assertThat(line).contains("this installation has no web page"));
        } finally {
            serving.destroy();
            assertThat(serving.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(state().path().resolve("endpoint.json")).doesNotExist();
        Outcome afterwards = run("server", "list");
        assertThat(afterwards.status()).isEqualTo(1);
        assertThat(afterwards.text()).contains("is not running; start it: penstock-appliance serve");
    }

    @Test
    void servingMakesTheInstallationWhenItIsToldTo() throws Exception {
        assertThat(run("serve", "--init", "not a host").text()).contains("'not a host' is not a host name");
        for (int start = 0; start < 2; start++) {
            Process serving = start("serve", "--init", "127.0.0.1", "--port", "0");
            try {
                assertThat(awaitEndpoint().getHost()).isEqualTo("127.0.0.1");
            } finally {
                serving.destroy();
                assertThat(serving.waitFor(20, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void firstStartOfAServiceTakesItsNamesFromAFileAndLaterOnesLeaveThem() throws Exception {
        Path file = folder.resolve("appliance-init.properties");
        Files.writeString(file, "names = not a host\n");
        assertThat(run("init", "--once", "--config", file.toString()).text()).contains("'not a host'");
        Files.writeString(file, "names = gpus.example, 192.0.2.7\n");
        assertThat(run("init", "--once", "--config", file.toString()).status()).isZero();
        assertThat(state().hosts()).containsExactly("gpus.example", "192.0.2.7");
        Files.writeString(file, "names = other.example\n");
        Outcome again = run("init", "--once", "--config", file.toString());
        assertThat(again.status()).as(again.text()).isZero();
        assertThat(state().hosts()).containsExactly("gpus.example", "192.0.2.7");
    }

    @Test
    void fileWithoutNamesMeansTheHostName() throws Exception {
        Path file = folder.resolve("appliance-init.properties");
        Files.writeString(file, "names =\n");
        assertThat(run("init", "--once", "--config", file.toString()).status()).isZero();
        assertThat(state().hosts()).hasSize(1).doesNotContain("");
    }

    @Test
    void aPlaceWhereItCannotListenIsNamedWithTheReason() throws Exception {
        assertThat(run("init", "--name", "localhost").status()).isZero();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String port = Integer.toString(taken.getLocalPort());
            Outcome outcome = run("serve", "--port", port);
            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.text())
                    .contains("penstock-appliance: cannot listen on 127.0.0.1:" + port
                            + ": another program listens there");
        }
        assertThat(run("serve", "--host", "192.0.2.1").text())
                .contains("cannot listen on 192.0.2.1:7443: that is no address of this machine");
        assertThat(run("serve", "--host", "no-such-host.invalid").text())
                .contains("cannot listen on no-such-host.invalid:7443: no name server knows that name");
    }

    @Test
    void commandsWithoutAnApplianceSayHowToMakeOne() throws Exception {
        for (String[] command : new String[][] {{"serve"}, {"client", "list"}}) {
            Outcome outcome = run(command);
            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.text()).contains("make one: penstock-appliance init --state");
        }
    }

    @Test
    void wrongArgumentsAreNamed() throws Exception {
        assertThat(run("token", "create").status()).isEqualTo(2);
        assertThat(run("token", "create", "--kind", "king").text()).contains("king");
        assertThat(run("init", "--name", "not a host").text()).contains("'not a host' is not a host name");
        assertThat(run("serve", "--port", "x").status()).isEqualTo(2);
        assertThat(run("nonsense").status()).isEqualTo(2);
    }
}
