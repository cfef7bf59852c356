package io.penstock.gpuserver;

import io.penstock.gpuserver.worker.WorkerMain;
import io.penstock.protocol.link.Spin;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a worker process: this Java, these classes, a small heap. */
final class WorkerCommand {
    private WorkerCommand() {}

    static List<String> of(GpuServerConfig config, String server) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xms24m",
                "-Xmx1g",
                "-XX:ReservedCodeCacheSize=128m",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-Dio.netty.jfr.enabled=false",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dlogback.configurationFile=penstock-gpu-server-logback.xml",
                "-Djava.library.path=" + System.getProperty("java.library.path"),
                "-cp",
                System.getProperty("java.class.path")));
        Path ready = readyClasses();
        if (Files.isReadable(ready)) {
            command.addAll(List.of(
                    "-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0", "-XX:SharedArchiveFile=" + ready));
        }
        if (config.softwareGpus() > 0) {
            command.add(WorkerMain.class.getName());
            command.addAll(List.of(
                    "software",
                    Integer.toString(config.softwareGpus()),
                    Long.toString(config.softwareMemory().bytes()),
                    server));
        } else {
            // docs/decisions/0013: what only passes calls on is compiled once, quickly, where it does not rehearse
            if (!Spin.hasCoresToSpare()) {
                command.add("-XX:TieredStopAtLevel=1");
            }
            command.addAll(List.of(WorkerMain.class.getName(), "nvidia", config.driverLibrary()));
        }
        return command;
    }

    /** Where an installation keeps the classes that it made ready: beside its jars. */
    private static Path readyClasses() {
        String first = System.getProperty("java.class.path").split(File.pathSeparator, 2)[0];
        return Path.of(first).resolveSibling("penstock.jsa");
    }
}
