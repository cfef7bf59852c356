package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ProcessSweepTest {
    @TempDir
    private Path folder;

    private Process marked(String script) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
        builder.environment().put("SWEEP_MARK", folder.toString());
        return builder.start();
    }

    private ProcessSweep sweep() {
        return new ProcessSweep("SWEEP_MARK=" + folder);
    }

    @Test
    void onlyAWholeEntryCounts() {
        byte[] environment = "A=1\0MARK=/a/b\0C=3\0".getBytes(StandardCharsets.US_ASCII);
        assertThat(ProcessSweep.contains(environment, "MARK=/a/b".getBytes(StandardCharsets.US_ASCII)))
                .isTrue();
        for (String other : new String[] {"MARK=/a", "ARK=/a/b", "MARK=/a/b\0C", "=3", "MARK=/a/bc"}) {
            assertThat(ProcessSweep.contains(environment, other.getBytes(StandardCharsets.US_ASCII)))
                    .as(other)
                    .isEqualTo(false);
        }
    }

    @Test
    void processesOfTheMarkEndAndTheirOrphansToo() throws Exception {
        Process parent = marked("sleep 100 & sleep 100 & echo ready; wait");
        assertThat(parent.getInputStream().read()).isEqualTo('r');
        Process other = new ProcessBuilder("sleep", "100").start();
        try {
            parent.destroyForcibly().waitFor();
            assertThat(sweep().find()).as("two orphans").hasSize(2);
            sweep().run();
            assertThat(sweep().find()).isEmpty();
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void aProcessThatIgnoresTheRequestIsKilled() throws Exception {
        Process stubborn = marked("trap '' TERM; echo ready; while :; do sleep 0.1; done");
        assertThat(stubborn.getInputStream().read()).isEqualTo('r');
        sweep().run();
        assertThat(stubborn.waitFor(1, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aFolderIsRemovedWithAllThatIsInIt() throws Exception {
        Path pool = Files.createDirectories(folder.resolve("pool/a/b"));
        Files.writeString(pool.resolve("file"), "x");
        Files.createSymbolicLink(pool.resolve("link"), folder.resolve("kept"));
        Files.createDirectory(folder.resolve("kept"));
        Caretaker.remove(folder.resolve("pool"));
        assertThat(folder.resolve("pool")).doesNotExist();
        assertThat(folder.resolve("kept")).exists();
        Caretaker.remove(folder.resolve("pool"));
    }
}
