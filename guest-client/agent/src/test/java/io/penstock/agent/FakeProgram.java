package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A program with its channel and its socket. Used by one thread. */
final class FakeProgram implements AutoCloseable {
    final ProgramEnd shim;
    final SocketChannel socket;
    private final Collection<String> notices;

    /**
     * Connects to an agent.
     *
     * @param agent its socket
     * @param notices what the agent says to people, for a test that fails
     */
    FakeProgram(Path agent, ProgramEnd shim, Collection<String> notices) throws IOException {
        this.shim = shim;
        this.notices = notices;
        this.socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        socket.connect(UnixDomainSocketAddress.of(agent));
        socket.write(shim.opening());
    }

    FakeProgram accepted() throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(1);
        assertThat(socket.read(answer)).isEqualTo(1);
        assertThat(answer.get(0)).isZero();
        socket.configureBlocking(false);
        return this;
    }

    FakeProgram greeted() throws Exception {
        return greeted(hello());
    }

    FakeProgram greeted(byte[] hello) throws Exception {
        accepted();
        send(hello);
        assertThat(type(receive())).isEqualTo(Frames.WELCOME);
        return this;
    }

    byte[] hello() {
        return hello("CUDA_MODULE_LOADING=LAZY");
    }

    /** With one variable, of 24 characters. */
    byte[] hello(String variable) {
        byte[] body = new byte[8 + 32 + 8 + 8 + 8 + 8 + 8 + 8 + 24];
        MemorySegment memory = MemorySegment.ofArray(body);
        System.arraycopy("program!".getBytes(StandardCharsets.US_ASCII), 0, body, 56, 8);
        memory.set(Frames.U64, 48, 8);
        memory.set(Frames.U64, 72, 1);
        memory.set(Frames.U64, 80, 24);
        System.arraycopy(variable.getBytes(StandardCharsets.US_ASCII), 0, body, 88, 24);
        return shim.frame(Frames.HELLO, body);
    }

    void send(byte[] frame) throws Exception {
        eventually(() -> shim.publish(frame), "room in the up ring");
        if (shim.mustRing()) {
            socket.write(ByteBuffer.wrap(new byte[] {1}));
        }
    }

    byte[] receive() throws Exception {
        byte[][] got = new byte[1][];
        eventually(
                () -> {
                    got[0] = shim.receive();
                    if (shim.flag(ChannelLayout.DOWN_PRODUCER_ASLEEP) != 0
                            || shim.flag(ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP) != 0) {
                        ring();
                    }
                    return got[0] != null;
                },
                "a frame came down; notices: " + notices);
        return got[0];
    }

    void ring() {
        try {
            shim.setFlag(ChannelLayout.DOWN_PRODUCER_ASLEEP, 0);
            shim.setFlag(ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP, 0);
            socket.write(ByteBuffer.wrap(new byte[] {1}));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    boolean isCutOff() {
        try {
            return socket.read(ByteBuffer.allocate(64)) < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        shim.close();
    }

    /** A frame's type. */
    static int type(byte[] frame) {
        return Frames.type(MemorySegment.ofArray(frame), 0);
    }

    /** The text that lies here in a frame. */
    static String text(byte[] frame, int at) {
        int count = (int) MemorySegment.ofArray(frame).get(Frames.U64, at);
        return new String(frame, at + 8, count, StandardCharsets.UTF_8);
    }

    /** Waits until something is so. */
    static void eventually(BooleanSupplier condition, String what) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(1);
        }
    }
}
