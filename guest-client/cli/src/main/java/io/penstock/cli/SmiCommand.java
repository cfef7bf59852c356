package io.penstock.cli;

import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.appliance.SessionUsage;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code penstock smi}: how the pool's GPUs fare and which programs use them, as their servers told last. */
@Command(
        name = "smi",
        description = {
            "Shows how the pool's GPUs fare and which programs use them, as the servers told last.",
            "A dash stands for what a server cannot measure; nothing is made up."
        })
final class SmiCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1L << 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Console.spec(spec).commandLine().getOut();
        Membership member = Membership.load(Settings.of(System.getenv()), EventLoop.start());
        out.println(asText(Explanation.await(member.appliance().servers())));
        return ExitStatus.OK;
    }

    /** One block for GPUs, one for programs. */
    static String asText(List<ServerStatus> servers) {
        Table gpus =
                new Table("SERVER", "GPU", "NAME", "DRIVER API", "USED/TOTAL MiB", "UTIL", "TEMP", "POWER", "HEALTH");
        Table programs = new Table("SERVER", "LEASE", "PID", "PROGRAM", "USED MiB");
        for (ServerStatus server : servers) {
            for (GpuStatus gpu : server.gpus()) {
                addGpu(gpus, server, gpu);
            }
            for (SessionUsage session : server.sessions()) {
                programs.add(
                        server.name(),
                        session.lease(),
                        session.pid(),
                        session.program(),
                        session.usedBytes() / MEBIBYTE);
            }
        }
        if (gpus.isEmpty()) {
            return "The pool has no GPU.";
        }
        return gpus + "\n\n" + (programs.isEmpty() ? "No program runs." : programs.toString());
    }

    private static void addGpu(Table gpus, ServerStatus server, GpuStatus gpu) {
        int version = server.report().driverVersion();
        gpus.add(
                server.name(),
                gpu.gpu().index(),
                gpu.gpu().name(),
                "CUDA " + version / 1000 + "." + version % 1000 / 10,
                gpu.usage().usedBytes() / MEBIBYTE + "/" + gpu.gpu().memoryBytes() / MEBIBYTE,
                gpu.usage().utilizationPercent() + "%",
                measured(gpu.usage().temperatureCelsius(), " C"),
                measured(gpu.usage().powerWatts(), " W"),
                !server.alive() ? "silent" : gpu.usage().healthy() ? "ok" : "unhealthy");
    }

    private static String measured(int value, String unit) {
        return value == 0 ? "-" : value + unit;
    }
}
