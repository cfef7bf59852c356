package io.penstock.agent;

import io.netty.channel.EventLoop;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * The last that a program hears, and then the end of its socket: which must not overtake the last frame, nor wait long for
 * a program that does not read. Event loop only.
 */
final class Farewell {
    private static final int LOOKS = 100;
    private static final int LOOK_MILLIS = 10;

    private final EventLoop loop;
    private final ProgramConnection program;
    private final Downstream down;

    Farewell(EventLoop loop, ProgramConnection program, Downstream down) {
        this.loop = loop;
        this.program = program;
        this.down = down;
    }

    /** Puts the frame into the way down and closes the socket when it is read. */
    void say(MemorySegment last) {
        if (program.isClosed()) {
            return;
        }
        try {
            down.frame(last);
            down.turnEnded();
            closeWhenRead();
        } catch (ChannelException broken) {
            program.close();
        }
    }

    /** Closes the socket when everything on the way down is read, or a second later. */
    void closeWhenRead() {
        closeWhenRead(LOOKS);
    }

    private void closeWhenRead(int looks) {
        if (program.isClosed()) {
            return;
        }
        boolean read;
        try {
            down.roomMade();
            down.turnEnded();
            read = down.isDrained();
        } catch (ChannelException broken) {
            read = true;
        }
        if (read || looks == 0) {
            program.close();
        } else {
            later(() -> closeWhenRead(looks - 1));
        }
    }

    /** Looks once more soon. */
    @SuppressWarnings("FutureReturnValueIgnored") // the step itself says what happens next
    void later(Runnable step) {
        loop.schedule(step, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
}
