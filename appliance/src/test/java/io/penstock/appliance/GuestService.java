package io.penstock.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.identity.IdentityStore;
import io.penstock.testkit.Vcsim;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in guest: penstock-enroll in a process of its own, and a vmtoolsd that touches its VM's extraConfig alone. Whatever it
 * learns of the appliance it learns from there.
 */
final class GuestService implements AutoCloseable {
    private final Path folder;
    private final Path vmtoolsd;
    private final Path config;
    private final Path log;
    private final String group;
    private @Nullable Process process;

    GuestService(Path parent, Vcsim vcsim, String moref) throws IOException {
        this.folder = Files.createDirectory(parent.resolve("guest-" + moref));
        this.group =
                Files.readAttributes(folder, PosixFileAttributes.class).group().getName();
        Path station = folder.resolve("station.json");
        Files.writeString(
                station,
                new JsonObject()
                        .put("vcenter", "127.0.0.1:" + vcsim.port())
                        .put("user", Vcsim.ADMINISTRATOR)
                        .put("password", Vcsim.PASSWORD)
                        .put("vm", moref)
                        .encode());
        this.vmtoolsd = folder.resolve("vmtoolsd");
        Files.writeString(
                vmtoolsd,
                "#!/bin/sh\nexec " + System.getProperty("penstock.vcsim") + " vmtoolsd " + station + " \"$@\"\n");
        Files.setPosixFilePermissions(vmtoolsd, PosixFilePermissions.fromString("rwx------"));
        Files.createDirectory(folder.resolve("client"));
        Files.createDirectory(folder.resolve("server"));
        this.config = folder.resolve("enroll.properties");
        Files.writeString(
                config,
                String.join(
                        "\n",
                        "vmtoolsd = " + vmtoolsd,
                        "look-every = 200ms",
                        "name = ml1",
                        "pending = " + folder.resolve("enroll"),
                        "client.folder = " + folder.resolve("client"),
                        "client.group = " + group,
                        "server.folder = " + folder.resolve("server"),
                        "server.group = " + group,
                        ""));
        this.log = folder.resolve("log");
    }

    GuestService start() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dlogback.configurationFile=penstock-enroll-logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.penstock.cli.handover.Main",
                        "--config",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return this;
    }

    void kill() {
        Objects.requireNonNull(process, "not started")
                .destroyForcibly()
                .onExit()
                .join();
    }

    /** Types a command of the guest's VMware Tools, as anybody in the guest can. */
    void tools(String command) throws Exception {
        Process typed = new ProcessBuilder(vmtoolsd.toString(), "--cmd", command).start();
        assertThat(typed.waitFor()).as(command).isZero();
    }

    IdentityStore identity(String kind) {
        return IdentityStore.ofMachine(folder.resolve(kind), group);
    }

    /** What it said, one line a change of state. */
    List<String> said() throws IOException {
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    void awaitSaid(String text) throws Exception {
        Instant until = Instant.now().plusSeconds(20);
        while (said().stream().noneMatch(line -> line.contains(text))) {
            assertThat(Instant.now()).as("not said: %s; but: %s", text, said()).isBefore(until);
            Thread.sleep(50);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
