package io.penstock.gpuserver.software.ptx.run;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A function ready to run: its shape, its constants as bound, and its bytecode, which is made when first needed. */
public final class ProgramFunction {
    /** Frames are multiples of this, and so are the places of what they pass. */
    private static final long FRAME_STEP = 16;

    private final FunctionShape shape;
    private final List<CallSite.Slot> params;
    private final List<CallSite.Slot> results;
    private final int[][] wordConstants;
    private final long[][] longConstants;
    private final CollectiveSite[] collectives;
    private final Supplier<FunctionCode> source;
    private final long stackBytes;
    private volatile @Nullable FunctionCode code;

    /** The slots are those of the function's own formal parameters in its frame. */
    public ProgramFunction(
            FunctionShape shape,
            List<CallSite.Slot> params,
            List<CallSite.Slot> results,
            Constants constants,
            Supplier<FunctionCode> source) {
        this.shape = shape;
        this.collectives = shape.collectives().toArray(CollectiveSite[]::new);
        this.params = List.copyOf(params);
        this.results = List.copyOf(results);
        this.wordConstants = constants.words;
        this.longConstants = constants.longs;
        this.source = source;
        this.stackBytes = stackBytes(shape, params, results);
    }

    /** What a call takes of a thread's stack: its variables and a step, for on a GPU arguments and results are in registers. */
    private static long stackBytes(FunctionShape shape, List<CallSite.Slot> params, List<CallSite.Slot> results) {
        Map<Long, Long> passed = new HashMap<>();
        Stream.concat(
                        Stream.of(params, results),
                        shape.calls().stream().flatMap(call -> Stream.of(call.arguments(), call.results())))
                .flatMap(List::stream)
                .forEach(slot -> passed.merge(slot.offset(), rounded(slot.size()), Math::max));
        long registers = passed.values().stream().mapToLong(Long::longValue).sum();
        return FRAME_STEP + Math.max(0, rounded(shape.frameBytes()) - registers);
    }

    private static long rounded(long bytes) {
        return bytes + FRAME_STEP - 1 & -FRAME_STEP;
    }

    long stackBytes() {
        return stackBytes;
    }

    /** What a frame of it needs. */
    FunctionShape shape() {
        return shape;
    }

    CollectiveSite collective(int number) {
        return collectives[number];
    }

    List<CallSite.Slot> params() {
        return params;
    }

    List<CallSite.Slot> results() {
        return results;
    }

    int[][] wordConstants() {
        return wordConstants;
    }

    long[][] longConstants() {
        return longConstants;
    }

    FunctionCode code() {
        FunctionCode made = code;
        if (made == null) {
            synchronized (this) {
                made = code;
                if (made == null) {
                    made = source.get();
                    code = made;
                }
            }
        }
        return made;
    }

    /** Constant tables: every row holds its value in all 32 lanes and is never written. */
    public static final class Constants {
        private final int[][] words;
        private final long[][] longs;

        /** The tables; they are not copied. */
        public Constants(int[][] words, long[][] longs) {
            this.words = words;
            this.longs = longs;
        }
    }
}
