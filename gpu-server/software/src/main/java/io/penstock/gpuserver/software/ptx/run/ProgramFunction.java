package io.penstock.gpuserver.software.ptx.run;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A function ready to run: its shape, its constants as bound, and its bytecode, which is made when first needed. */
public final class ProgramFunction {
    private final FunctionShape shape;
    private final List<CallSite.Slot> params;
    private final List<CallSite.Slot> results;
    private final int[][] wordConstants;
    private final long[][] longConstants;
    private final CollectiveSite[] collectives;
    private final Supplier<FunctionCode> source;
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
