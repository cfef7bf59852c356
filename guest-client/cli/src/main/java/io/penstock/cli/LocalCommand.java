package io.penstock.cli;

import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.config.GpuKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock local}: a whole pool on this machine for as long as one command runs. */
@Command(
        name = "local",
        sortOptions = false,
        description = {
            "Starts an appliance and a GPU server on this machine alone, runs CMD as an enrolled client,",
            "ends with its exit status and leaves nothing behind, also when it is killed.",
            "CMD finds penstock on its PATH, and PENSTOCK_URL, PENSTOCK_CA and PENSTOCK_TOKEN for the REST interface."
        },
        footer = {"", "Example: penstock local --gpus software:2 -- penstock run -n 2 -- python3 train.py"})
final class LocalCommand implements Callable<Integer> {
    private static final Path NVIDIA_DEVICE = Path.of("/dev/nvidiactl");

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--gpus",
            paramLabel = "KIND",
            converter = OptionLimits.Gpus.class,
            description =
                    "nvidia, or software:N for N software GPUs. Default: this machine's NVIDIA GPUs if it has any,"
                            + " else software:1")
    private @Nullable GpuKind gpus;

    @Option(
            names = "--memory",
            paramLabel = "MiB",
            converter = OptionLimits.Mebibytes.class,
            description = "The memory of each software GPU in MiB")
    private @Nullable Long mebibytes;

    @Parameters(arity = "1..*", paramLabel = "CMD", description = "The command and its arguments; put -- before it")
    private List<String> command = List.of();

    @Override
    public Integer call() throws Exception {
        List<String> serve = serverArguments(Console.spec(spec));
        SignalRelay signals = SignalRelay.install();
        LocalPool created;
        try {
            created = LocalPool.create(Settings.of(System.getenv()));
        } catch (IOException e) {
            return signals.statusAfter(e);
        }
        try (LocalPool pool = created) {
            return run(pool, serve, signals);
        }
    }

    private int run(LocalPool pool, List<String> serve, SignalRelay signals) throws IOException, InterruptedException {
        Process program;
        try {
            pool.start(serve, () -> signals.earlyStatus() != 0);
            if (signals.earlyStatus() != 0) {
                return signals.earlyStatus();
            }
            program = Program.start(command, pool.environment());
        } catch (IOException e) {
            return signals.statusAfter(e);
        } catch (CommandException e) {
            return signals.statusAfter(e);
        }
        signals.relayTo(program);
        return program.waitFor();
    }

    /** What the GPU server is started with. */
    private List<String> serverArguments(CommandSpec own) {
        GpuKind kind = gpus == null ? found() : gpus;
        OptionLimits.requireMemory(own, mebibytes, kind);
        List<String> serve = new ArrayList<>(List.of("--gpus", kind.toString()));
        if (mebibytes != null) {
            serve.addAll(List.of("--memory", mebibytes.toString()));
        }
        return serve;
    }

    private static GpuKind found() {
        return GpuKind.parse(Files.exists(NVIDIA_DEVICE) ? "nvidia" : "software:1");
    }
}
