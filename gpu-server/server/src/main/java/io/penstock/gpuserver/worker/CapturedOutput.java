package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.session.ProgramOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the process's standard output and error get from now on goes to the program's. The NVIDIA driver prints there, by
 * C stdio and flushed: what finished kernels said is written when a call that waits returns, or by a thread of the driver's
 * own some 100 ms later. So before such a call is answered {@link #flush()} takes what lies in the pipes; a thread takes
 * the rest, and keeps a driver going that prints more than a pipe holds.
 */
final class CapturedOutput {
    private static final Logger log = LoggerFactory.getLogger(CapturedOutput.class);
    private static final int PIPE_BYTES = 1 << 20;
    private static final int PIECE_BYTES = 64 << 10;
    private static final int POLL_BYTES = 8;
    private static final int EVENTS_AT = 4;
    private static final int ANSWER_AT = 6;

    private final List<OutputStream> to;
    private final int[] pipes;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock: a byte that was taken is on its way before another is
    private final MemorySegment ready;
    private final MemorySegment piece = Arena.ofAuto().allocate(PIECE_BYTES);

    private CapturedOutput(ProgramOutput program) {
        to = List.of(program.out(), program.err());
        pipes = new int[] {capture(1), capture(2)};
        ready = pollTable();
    }

    /** Captures both from now on. */
    static CapturedOutput start(ProgramOutput program) {
        CapturedOutput captured = new CapturedOutput(program);
        Thread.ofPlatform().daemon().name("printed").start(captured::follow);
        return captured;
    }

    /** Makes a descriptor lead into a pipe; answers the end to read from. */
    private static int capture(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            if (LibC.pipe2(ends.address(), LibC.O_CLOEXEC) != 0) {
                throw new IllegalStateException("no pipe for what kernels print: error " + LibC.errno());
            }
            int readEnd = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
            int writeEnd = ends.getAtIndex(ValueLayout.JAVA_INT, 1);
            // only for speed: the system may refuse so much
            LibC.fcntl(writeEnd, LibC.F_SETPIPE_SZ, PIPE_BYTES);
            if (LibC.dup2(writeEnd, descriptor) != descriptor) {
                throw new IllegalStateException("descriptor " + descriptor + " stays: error " + LibC.errno());
            }
            LibC.close(writeEnd);
            return readEnd;
        }
    }

    private MemorySegment pollTable() {
        MemorySegment table = Arena.ofAuto().allocate((long) POLL_BYTES * pipes.length, POLL_BYTES);
        for (int i = 0; i < pipes.length; i++) {
            table.set(ValueLayout.JAVA_INT, (long) i * POLL_BYTES, pipes[i]);
            table.set(ValueLayout.JAVA_SHORT, (long) i * POLL_BYTES + EVENTS_AT, LibC.POLLIN);
        }
        return table;
    }

    private void follow() {
        MemorySegment own = pollTable();
        while (LibC.poll(own.address(), pipes.length, -1) > 0 || LibC.errno() == LibC.EINTR) {
            flush();
        }
        log.error("what kernels print is lost from now on: error {}", LibC.errno());
    }

    /** What was written by now is on its way when this returns. Costs a system call when nothing was. Any thread. */
    void flush() {
        lock.lock();
        try {
            while (LibC.poll(ready.address(), pipes.length, 0) > 0) {
                for (int i = 0; i < pipes.length; i++) {
                    if (ready.get(ValueLayout.JAVA_SHORT, (long) i * POLL_BYTES + ANSWER_AT) != 0) {
                        forward(pipes[i], to.get(i));
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes one piece; the lock is held and there is something. */
    private void forward(int pipe, OutputStream program) {
        long bytes = LibC.read(pipe, piece.address(), PIECE_BYTES);
        if (bytes <= 0) {
            return;
        }
        try {
            program.write(piece.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
        } catch (IOException | RuntimeException over) {
            // the session is: the driver must not hang for it
            log.debug("{} bytes that kernels printed reach nobody", bytes, over);
        }
    }
}
