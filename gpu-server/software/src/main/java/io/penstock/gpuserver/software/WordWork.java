package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/** Single words of memory that a stream writes or waits for, seen by other threads and processes in order. */
final class WordWork {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final int SPINS = 1000;
    private static final long PARK_NANOS = 20_000;

    private WordWork() {}

    /** Writes after everything before it in the stream. */
    record Write(Machine machine, long address, long value, int bytes) implements Work {
        @Override
        public void run() {
            if (bytes == Integer.BYTES) {
                INT.setRelease(NativeMemory.all(), address, (int) value);
            } else {
                LONG.setRelease(NativeMemory.all(), address, value);
            }
        }

        @Override
        public NodeType nodeType() {
            return NodeType.BATCH_MEM_OP;
        }
    }

    /**
     * Waits until the word satisfies the condition, or the context ends.
     *
     * @param condition CUstreamWaitValue_flags: 0 at least (cyclic), 1 equal, 2 any common bit, 3 not all bits of both set
     */
    record Await(Context context, long address, long value, int bytes, int condition) implements Work {
        @Override
        public void run() {
            int spins = 0;
            while (!satisfied() && !context.cancelled()) {
                if (++spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(PARK_NANOS);
                }
            }
        }

        private boolean satisfied() {
            if (bytes == Integer.BYTES) {
                int word = (int) INT.getAcquire(NativeMemory.all(), address);
                int wanted = (int) value;
                int distance = word - wanted;
                return holds(distance, word, wanted);
            }
            long word = (long) LONG.getAcquire(NativeMemory.all(), address);
            return holds(word - value, word, value);
        }

        private boolean holds(long distance, long word, long wanted) {
            return switch (condition) {
                case 0 -> distance >= 0;
                case 1 -> distance == 0;
                case 2 -> (word & wanted) != 0;
                default -> ~(word | wanted) != 0;
            };
        }

        @Override
        public boolean brief() {
            return false;
        }

        @Override
        public NodeType nodeType() {
            return NodeType.BATCH_MEM_OP;
        }
    }
}
