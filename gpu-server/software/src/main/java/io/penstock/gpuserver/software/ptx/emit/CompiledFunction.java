package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.ControlFlow;
import io.penstock.gpuserver.software.ptx.run.CallSite;
import io.penstock.gpuserver.software.ptx.run.FunctionCode;
import io.penstock.gpuserver.software.ptx.run.FunctionShape;
import io.penstock.gpuserver.software.ptx.syntax.Function;
import java.util.List;
import java.util.function.Supplier;

/** A function after lowering: everything is checked and decided, only its bytecode is not written yet. */
public final class CompiledFunction {
    private final Function function;
    private final FunctionShape shape;
    private final Formals formals;
    private final long sharedEnd;
    private final Layout layout;
    private final Supplier<byte[]> writer;

    /** What a function's parameters are, in its frame or in the launch's parameter block. */
    record Formals(List<PtxParam> kernelParams, List<CallSite.Slot> params, List<CallSite.Slot> results) {}

    CompiledFunction(
            Function function,
            FunctionShape shape,
            Formals formals,
            long sharedEnd,
            ControlFlow<CodeWriter> flow,
            Layout layout) {
        this.function = function;
        this.shape = shape;
        this.formals = formals;
        this.sharedEnd = sharedEnd;
        this.layout = layout;
        this.writer = () -> FunctionWriter.write(flow, layout);
    }

    /** The function as parsed. */
    public Function function() {
        return function;
    }

    /** What its frames need. */
    public FunctionShape shape() {
        return shape;
    }

    /** The kernel's parameters; empty for a device function. */
    public List<PtxParam> kernelParams() {
        return formals.kernelParams();
    }

    /** Where a device function finds its arguments. */
    public List<CallSite.Slot> params() {
        return formals.params();
    }

    /** Where a device function leaves its results. */
    public List<CallSite.Slot> results() {
        return formals.results();
    }

    /** Where its own shared variables end. */
    public long sharedEnd() {
        return sharedEnd;
    }

    /** Registers of 32 bits live at once, the longs counted twice. */
    public int registersLive() {
        return layout.slots().count(Bank.WORD) + 2 * layout.slots().count(Bank.LONG);
    }

    /** The constants of one width, in the order of the frame's rows. */
    public List<Value.Source> constants(Bank bank) {
        return (bank == Bank.LONG ? layout.longs() : layout.words()).all();
    }

    /** The class file; written anew each time. */
    public byte[] classFile() {
        return writer.get();
    }

    /** Writes and loads the bytecode. */
    public FunctionCode load() {
        return FunctionWriter.load(classFile());
    }
}
