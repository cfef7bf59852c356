package io.penstock.agent;

import io.netty.buffer.ByteBuf;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Answers a program's NVML library: one snapshot of the lease's GPUs for each byte {@code S}. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails on the socket ends its connection
final class SnapshotTeller {
    private static final byte SNAPSHOT = 'S';
    private static final int TEXT_BYTES_MAX = 256 << 10;
    /** A library waits for each answer, though not for ever. */
    private static final int QUESTIONS_MAX = 16;

    private final EpollDomainSocketChannel socket;
    private final Supplier<Future<String>> snapshots;
    private final Consumer<String> notices;
    private int underWay;

    SnapshotTeller(EpollDomainSocketChannel socket, Supplier<Future<String>> snapshots, Consumer<String> notices) {
        this.socket = socket;
        this.snapshots = snapshots;
        this.notices = notices;
    }

    /** Questions came. Any other byte than {@code S}, or a server that gives no snapshot, ends the connection. */
    void read(ByteBuf bytes) {
        while (bytes.isReadable()) {
            byte question = bytes.readByte();
            if (question != SNAPSHOT) {
                notices.accept("an NVML library asked '" + (char) question + "', which is no question");
                socket.close();
                return;
            }
            if (++underWay > QUESTIONS_MAX) {
                notices.accept("an NVML library asked " + QUESTIONS_MAX + " times without waiting for an answer");
                socket.close();
                return;
            }
            snapshots.get().onComplete(any -> underWay--).onSuccess(this::tell).onFailure(failed -> {
                notices.accept("no news of the GPUs: " + failed.getMessage());
                socket.close();
            });
        }
    }

    private void tell(String snapshot) {
        byte[] text = snapshot.getBytes(StandardCharsets.UTF_8);
        if (text.length > TEXT_BYTES_MAX) {
            notices.accept("a snapshot of the GPUs of " + text.length + " bytes; at most " + TEXT_BYTES_MAX + " fit");
            socket.close();
            return;
        }
        ByteBuf answer = socket.alloc().buffer(Integer.BYTES + text.length);
        answer.writeIntLE(text.length).writeBytes(text);
        socket.writeAndFlush(answer);
    }
}
