package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SocketDescriptorTest {
    private static final int O_CLOEXEC = 0x80000;

    @Test
    void itIsAnotherOneWhichNoProgramInheritsAndWhichGoesAway() throws Exception {
        Epoll.ensureAvailability();
        Socket socket = Socket.newSocketStream();
        Set<String> before = open();
        SocketDescriptor ours = new SocketDescriptor(socket.intValue());
        Set<String> added = open();
        added.removeAll(before);
        assertThat(added).hasSize(1);
        String flags = Files.readAllLines(
                        Path.of("/proc/self/fdinfo", added.iterator().next()))
                .stream()
                .filter(line -> line.startsWith("flags:"))
                .map(line -> line.substring("flags:".length()).strip())
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(flags, 8) & O_CLOEXEC).isNotZero();
        MemorySegment byteToSend = Arena.ofAuto().allocate(1);
        assertThat(ours.send(byteToSend.address(), 0, 1))
                .as("nobody is connected")
                .isEqualTo(-1);
        ours.endSending();
        assertThat(open()).as("somebody receives by it still").hasSize(before.size() + 1);
        ours.letGo();
        assertThat(open()).isEqualTo(before);
        socket.close();
    }

    /** Sockets only: other threads of this process open and close files. */
    private static Set<String> open() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(SocketDescriptorTest::isSocket)
                    .map(path -> path.getFileName().toString())
                    .collect(Collectors.toSet());
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException gone) {
            return false;
        }
    }
}
