package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which folders of agents are removed, and which are left alone. */
final class AbandonedEndpointsIT {
    private static final Duration OLD = Duration.ofMinutes(1);

    @TempDir
    private Path parent;

    @Test
    void theFolderOfAnAgentThatWasKilledIsRemoved() throws IOException {
        Path folder = folder("penstock-1");
        listen(folder).close();
        age(folder, OLD);
        AbandonedEndpoints.remove(parent);
        assertThat(folder).doesNotExist();
    }

    @Test
    void theFolderOfAnAgentThatListensStays() throws IOException {
        Path folder = folder("penstock-1");
        try (ServerSocketChannel agent = listen(folder)) {
            age(folder, OLD);
            AbandonedEndpoints.remove(parent);
            assertThat(agent.isOpen()).isTrue();
            assertThat(folder.resolve("agent")).exists();
        }
    }

    @Test
    void aFolderThatWasJustMadeStaysBecauseItsAgentMayBeAboutToListen() throws IOException {
        Path folder = folder("penstock-1");
        listen(folder).close();
        AbandonedEndpoints.remove(parent);
        assertThat(folder.resolve("agent")).exists();
    }

    @Test
    void whatIsNoAgentsFolderStays() throws IOException {
        Path file = folder("penstock-1");
        Files.writeString(file.resolve("agent"), "no socket");
        Path empty = folder("penstock-2");
        Path other = folder("penstock-local-3");
        listen(other).close();
        Path aimed = folder("elsewhere");
        listen(aimed).close();
        Path link = Files.createSymbolicLink(parent.resolve("penstock-4"), aimed);
        for (Path each : new Path[] {file, empty, other, aimed}) {
            age(each, OLD);
        }
        AbandonedEndpoints.remove(parent);
        assertThat(file.resolve("agent")).exists();
        assertThat(empty).exists();
        assertThat(other.resolve("agent")).exists();
        assertThat(link.resolve("agent")).exists();
    }

    @Test
    void aSocketBesideSomethingElseTakesNothingAlong() throws IOException {
        Path folder = folder("penstock-1");
        listen(folder).close();
        Files.writeString(folder.resolve("kept"), "a person's");
        age(folder, OLD);
        AbandonedEndpoints.remove(parent);
        assertThat(folder.resolve("kept")).exists();
    }

    @Test
    void aParentThatCannotBeReadIsNoFailure() {
        AbandonedEndpoints.remove(parent.resolve("nowhere"));
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectory(parent.resolve(name));
    }

    private static ServerSocketChannel listen(Path folder) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(folder.resolve("agent")));
        return channel;
    }

    private static void age(Path folder, Duration age) throws IOException {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(age)));
    }
}
