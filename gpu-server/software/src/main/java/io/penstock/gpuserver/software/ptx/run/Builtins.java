package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The functions that a kernel calls and no module defines: arguments and results are slots of the caller's frame. */
public final class Builtins {
    private static final int SITE = 63;
    private static final int STRING_BYTES_MAX = 4096;

    private Builtins() {}

    /** {@code int vprintf(const char *format, void *arguments)}: the number of arguments printed. */
    public static void vprintf(Warp warp, Frame frame, int mask, int callSite) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            Slots slots = new Slots(warp, frame, callSite, lane);
            Reader memory = new Reader(warp, lane);
            PrintFormat format = new PrintFormat(memory.string(slots.argument(0)), memory, slots.argument(1));
            warp.block().launch().context().print(format.text());
            slots.result(format.printed());
        }
    }

    /** {@code void *malloc(size_t)}. */
    public static void malloc(Warp warp, Frame frame, int mask, int callSite) {
        for (int left = mask; left != 0; left &= left - 1) {
            Slots slots = new Slots(warp, frame, callSite, Integer.numberOfTrailingZeros(left));
            slots.result(warp.block().launch().context().malloc(slots.argument(0)));
        }
    }

    /** {@code void free(void *)}. */
    public static void free(Warp warp, Frame frame, int mask, int callSite) {
        for (int left = mask; left != 0; left &= left - 1) {
            Slots slots = new Slots(warp, frame, callSite, Integer.numberOfTrailingZeros(left));
            warp.block().launch().context().free(slots.argument(0));
        }
    }

    /** {@code void __assertfail(message, file, line, function, charSize)}: a line for each lane as CUDA prints it, then a fault. */
    public static void assertFail(Warp warp, Frame frame, int mask, int callSite) {
        if (mask == 0) {
            return;
        }
        StringBuilder all = new StringBuilder();
        for (int left = mask; left != 0; left &= left - 1) {
            all.append(assertion(warp, frame, callSite, Integer.numberOfTrailingZeros(left)));
        }
        warp.block().launch().context().complain(all.toString());
        String first = all.substring(0, all.indexOf("\n"));
        throw warp.fault(PtxFault.Kind.ASSERT, Integer.numberOfTrailingZeros(mask), first);
    }

    private static String assertion(Warp warp, Frame frame, int callSite, int lane) {
        Slots slots = new Slots(warp, frame, callSite, lane);
        Reader memory = new Reader(warp, lane);
        return String.format(
                Locale.ROOT,
                "%s:%d: %s: block: [%d,%d,%d], thread: [%d,%d,%d] Assertion `%s` failed.\n",
                memory.string(slots.argument(1)),
                (int) slots.argument(2),
                memory.string(slots.argument(3)),
                warp.ctaid(0),
                warp.ctaid(1),
                warp.ctaid(2),
                warp.tid(0, lane),
                warp.tid(1, lane),
                warp.tid(2, lane),
                memory.string(slots.argument(0)));
    }

    /** One lane's arguments and results. */
    private record Slots(Warp warp, Frame frame, int callSite, int lane) {
        private CallSite site() {
            return frame.function.shape().calls().get(callSite);
        }

        private long address(CallSite.Slot slot) {
            return warp.localAddress() + lane * warp.localStride() + frame.localBase + slot.offset();
        }

        long argument(int index) {
            List<CallSite.Slot> slots = site().arguments();
            if (index >= slots.size()) {
                throw warp.fault(
                        PtxFault.Kind.ILLEGAL_INSTRUCTION, "a device function is called with too few arguments");
            }
            CallSite.Slot slot = slots.get(index);
            return slot.size() < Long.BYTES
                    ? Loads.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address(slot))
                    : Loads.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address(slot));
        }

        void result(long value) {
            if (site().results().isEmpty()) {
                return;
            }
            CallSite.Slot slot = site().results().get(0);
            if (slot.size() < Long.BYTES) {
                Loads.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address(slot), (int) value);
            } else {
                Loads.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address(slot), value);
            }
        }
    }

    /** One lane's view of generic memory, every byte checked. */
    record Reader(Warp warp, int lane) implements PrintFormat.Memory {
        @Override
        public String string(long address) {
            byte[] bytes = new byte[STRING_BYTES_MAX];
            int length = 0;
            while (length < bytes.length) {
                byte next = Loads.ALL.get(ValueLayout.JAVA_BYTE, at(address + length, 1));
                if (next == 0) {
                    break;
                }
                bytes[length++] = next;
            }
            return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        }

        @Override
        public int word(long address) {
            return Loads.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, at(address, Integer.BYTES));
        }

        @Override
        public long doubleword(long address) {
            return Loads.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at(address, Long.BYTES));
        }

        private long at(long address, int bytes) {
            return Addresses.genericAddress(warp, lane, address, bytes, SITE);
        }
    }
}
