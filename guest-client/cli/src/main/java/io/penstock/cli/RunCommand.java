package io.penstock.cli;

import io.penstock.agent.Agent;
import io.penstock.agent.ConnectionWatch;
import io.penstock.agent.LeaseHolder;
import io.penstock.agent.SessionCounts;
import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.appliance.LeaseRequest.MemoryWish;
import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock run}: takes GPUs, runs a program with them, gives them back however it ends. */
@Command(
        name = "run",
        description = {
            "Runs a program with GPUs of the pool and ends with its exit status.",
            "The GPUs are given back when the program ends, however it ends."
        },
        sortOptions = false,
        footer = {
            "",
            "Example: penstock run -n 1 -m 8192 -- python3 train.py",
            "What was used of your GPUs shows: penstock smi"
        })
final class RunCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1L << 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-n", "--gpus"},
            paramLabel = "N",
            converter = OptionLimits.GpuCount.class,
            description = "How many GPUs, all on one server. Default: ${DEFAULT-VALUE}")
    private int gpus = 1;

    @Option(
            names = {"-p", "--part"},
            paramLabel = "FRACTION",
            converter = OptionLimits.Part.class,
            description =
                    "The part of each GPU's memory, above 0 and at most 1. Default: all of it, shared with nobody")
    private @Nullable Double part;

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "MiB",
            converter = OptionLimits.Mebibytes.class,
            description = "The memory of each GPU in MiB, instead of -p")
    private @Nullable Long mebibytes;

    @Option(names = "--server", paramLabel = "NAME", description = "Only on this server; may be given several times")
    private List<String> servers = List.of();

    @Option(
            names = {"-v", "--verbose"},
            description = "Says what was leased, and who is at both ends of each connection")
    private boolean verbose;

    @Option(
            names = "--stats",
            description = "Afterwards prints for each driver call how often it was made and how long it was waited for")
    private boolean stats;

    @Option(
            names = "--stats-file",
            paramLabel = "FILE",
            description = "For programs: writes the same there, a JSON object a line")
    private @Nullable Path statsFile;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Adds a line there for each driver call of the program: arguments, result, time")
    private @Nullable Path trace;

    @Parameters(arity = "1..*", paramLabel = "CMD", description = "The program and its arguments; put -- before it")
    private List<String> command = List.of();

    @Override
    public Integer call() throws Exception {
        CommandSpec own = Console.spec(spec);
        LeaseRequest request = request(own);
        requireWritable(own);
        Settings settings = Settings.of(System.getenv());
        EventLoop.awaitLogging();
        Membership.identity(settings);
        SignalRelay signals = SignalRelay.install();
        Notices notices = Console.notices(own);
        Vertx vertx = EventLoop.start();
        Membership member = Membership.load(settings, vertx);
        LeaseHolder lease = Explanation.await(LeaseHolder.acquire(vertx, member.appliance(), request, notices));
        SessionCounts counts;
        long ran;
        int status;
        try {
            Agent agent = new Agent(vertx, member.identity(), lease, sockets(settings), notices, watch(notices));
            member.keepCertificate(vertx, settings, agent::show);
            if (verbose) {
                notices.acceptAll(Introduction.lease(lease.grant()));
                notices.accept(Introduction.authority(member.identity().authority()));
                Explanation.await(agent.shown().otherwiseEmpty());
            }
            long started = System.nanoTime();
            try {
                Map<String, String> environment = environment(System.getenv(), settings.installation(), agent.socket());
                if (trace != null) {
                    environment.put(
                            "PENSTOCK_CALL_TRACE", trace.toAbsolutePath().toString());
                }
                if (Spin.hasCoresToSpare()) {
                    agent.anticipate(environment);
                    agent.rehearse();
                }
                status = run(signals, environment);
            } finally {
                ran = System.nanoTime() - started;
                counts = Explanation.await(agent.close("the program ended"));
            }
        } finally {
            Explanation.await(lease.release());
        }
        report(own, new CallReport(counts, Duration.ofNanos(ran)));
        return status;
    }

    /** What the arguments ask for. */
    LeaseRequest request(CommandSpec own) {
        if (part != null && mebibytes != null) {
            throw new ParameterException(
                    own.commandLine(), "-p and -m exclude each other: a part of the memory or MiB");
        }
        MemoryWish memory = new LeaseRequest.Whole();
        if (part != null) {
            memory = new LeaseRequest.Fraction(part);
        } else if (mebibytes != null) {
            memory = new LeaseRequest.Bytes(mebibytes * MEBIBYTE);
        }
        return new LeaseRequest(gpus, memory, System.getProperty("user.name", "unknown"), servers);
    }

    /** What the program sees: our library first on its path, the agent's socket, and no key or token. */
    static Map<String, String> environment(Map<String, String> own, Installation installation, Path socket) {
        Map<String, String> environment = new HashMap<>(own);
        String shim = installation.shim().toString();
        String libraries = environment.get("LD_LIBRARY_PATH");
        environment.put("LD_LIBRARY_PATH", libraries == null || libraries.isEmpty() ? shim : shim + ":" + libraries);
        environment.put("PENSTOCK_SOCKET", socket.toString());
        environment.put("TRITON_LIBCUDA_PATH", shim);
        environment.put("NUMBA_CUDA_DRIVER", installation.driver().toString());
        environment.remove("PENSTOCK_TOKEN");
        environment.remove(Console.RUNTIME_SIGNAL);
        return environment;
    }

    private int run(SignalRelay signals, Map<String, String> environment) throws InterruptedException {
        if (signals.earlyStatus() != 0) {
            return signals.earlyStatus();
        }
        Process program;
        try {
            program = Program.start(command, environment);
        } catch (CommandException e) {
            return signals.statusAfter(e);
        }
        signals.relayTo(program);
        return program.waitFor();
    }

    private ConnectionWatch watch(Notices notices) {
        return verbose
                ? (whom, handshake) -> notices.acceptAll(Introduction.connection(whom, handshake))
                : ConnectionWatch.NOBODY;
    }

    /** A file that cannot be written is better heard of before the program has run than after. */
    private void requireWritable(CommandSpec own) {
        requireWritable(own, "--stats-file", statsFile);
        requireWritable(own, "--trace", trace);
    }

    private static void requireWritable(CommandSpec own, String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        try {
            makeEmpty(file);
        } catch (IOException e) {
            throw new ParameterException(own.commandLine(), option + " " + file + " cannot be written", e);
        }
    }

    /** A file made here is its user's alone; one that is there keeps its mode. */
    private static void makeEmpty(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            Files.writeString(file, "");
        } else {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }

    private void report(CommandSpec own, CallReport report) throws IOException {
        if (statsFile != null) {
            Files.writeString(statsFile, report.asJsonLines());
        }
        if (stats) {
            own.commandLine().getErr().println(report.asText());
            own.commandLine().getErr().flush();
        }
    }

    /** Where the agent's socket is made: beside the private pool that we run in, if we do, so that it goes with it. */
    private static Path sockets(Settings settings) throws IOException {
        String pool = System.getenv(LocalPool.FOLDER_VARIABLE);
        Path folder = pool == null || pool.isEmpty() ? settings.temporary() : Path.of(pool);
        if (!Files.isDirectory(folder)) {
            throw new CommandException(ExitStatus.FAILED, "there is no folder " + folder + " for the agent's socket");
        }
        if (!Files.isWritable(folder)) {
            throw new CommandException(
                    ExitStatus.FAILED,
                    "the agent's socket cannot be made in " + folder + ", which nobody or not this user may write to;"
                            + " set TMPDIR to a folder that can be written to");
        }
        return folder;
    }
}
