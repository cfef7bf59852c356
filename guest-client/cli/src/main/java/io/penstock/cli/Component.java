package io.penstock.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One daemon of a local pool: its command, its state folder and its log. Used by one thread. */
final class Component {
    private static final int LOOK_MILLIS = 10;
    private static final int LOG_LINES = 15;

    private final Installation installation;
    private final Path pool;
    private final String name;
    private final Path command;
    private final Path state;
    private final Path log;
    private @Nullable Process daemon;

    /**
     * A daemon that is not started yet.
     *
     * @param pool the pool's folder
     * @param name what its state folder and log are called
     * @param command its command in the installation
     */
    Component(Installation installation, Path pool, String name, String command) throws IOException {
        this.installation = installation;
        this.pool = pool;
        this.name = name;
        this.command = installation.command(command);
        this.state = Files.createDirectory(pool.resolve(name));
        this.log = pool.resolve(name + ".log");
    }

    /** Where it keeps what it remembers. */
    Path state() {
        return state;
    }

    /** Starts it as a daemon. */
    void serve(String... arguments) throws IOException {
        serve(List.of(), arguments);
    }

    /** Starts it as a daemon with two lots of arguments. */
    void serve(List<String> first, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("serve"));
        arguments.addAll(first);
        arguments.addAll(List.of(more));
        daemon = builder(arguments)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
    }

    /** Waits until it listens and answers where. */
    URI await(Duration atMost, BooleanSupplier aborted) throws IOException, InterruptedException {
        Path endpoint = state.resolve("endpoint.json");
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            URI url = read(endpoint);
            if (url != null || aborted.getAsBoolean()) {
                return url == null ? URI.create("") : url;
            }
            requireAlive();
            if (System.nanoTime() > deadline) {
                throw failure("does not listen after " + atMost.toSeconds() + " s");
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Fails with the end of its log when it has ended. */
    void requireAlive() throws IOException, InterruptedException {
        Process running = Objects.requireNonNull(daemon, "not started");
        if (!running.isAlive()) {
            throw failure("ended with status " + running.waitFor());
        }
    }

    /** A failure with the end of its log. */
    CommandException failure(String what) throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log, StandardCharsets.ISO_8859_1) : List.of();
        List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
        return new CommandException(
                ExitStatus.FAILED, "the local " + name + " " + what + "; it said:\n  " + String.join("\n  ", last));
    }

    private ProcessBuilder builder(List<String> arguments) {
        List<String> all = new ArrayList<>(List.of(command.toString()));
        all.addAll(arguments);
        all.addAll(List.of("--state", state.toString()));
        // What is typed at the terminal, and its end, are for the program: it decides when the pool is no longer
        // needed.
        ProcessBuilder builder = new ProcessBuilder(Signals.unheardBy("INT HUP", all));
        builder.environment().put("PENSTOCK_HOME", installation.home().toString());
        builder.environment().put(LocalPool.FOLDER_VARIABLE, pool.toString());
        // What it puts there goes with the pool, however it ends.
        builder.environment().put("TMPDIR", pool.toString());
        return builder;
    }

    /** What the file says, or null while it is not there or not whole. */
    private static @Nullable URI read(Path endpoint) throws IOException {
        if (!Files.exists(endpoint)) {
            return null;
        }
        try {
            String url = new JsonObject(Files.readString(endpoint)).getString("url");
            return url == null ? null : URI.create(url);
        } catch (DecodeException halfWritten) {
            return null;
        }
    }
}
