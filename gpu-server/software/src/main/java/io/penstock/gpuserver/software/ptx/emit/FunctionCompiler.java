package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.LinkedModule;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.check.Symbols;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.ControlFlow;
import io.penstock.gpuserver.software.ptx.flow.RegisterSlots;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.run.CallSite;
import io.penstock.gpuserver.software.ptx.run.FunctionShape;
import io.penstock.gpuserver.software.ptx.syntax.Function;
import io.penstock.gpuserver.software.ptx.syntax.Statement;
import io.penstock.gpuserver.software.ptx.syntax.Variable;
import java.util.ArrayList;
import java.util.List;

/** One function from its statements to {@link CompiledFunction}. */
public final class FunctionCompiler {
    private final Function function;
    private final Symbols symbols;
    private final Labels labels;
    private final FunctionBuilder builder;
    private final List<PtxParam> kernelParams = new ArrayList<>();
    private final List<CallSite.Slot> params = new ArrayList<>();
    private final List<CallSite.Slot> results = new ArrayList<>();

    private FunctionCompiler(LinkedModule.Defined defined, long sharedStart) throws PtxException {
        function = defined.function();
        symbols = new Symbols(defined.symbols(), sharedStart);
        labels = new Labels(body());
        builder = new FunctionBuilder(symbols, labels, function.entry());
    }

    /** Compiles a definition; its shared variables start at the offset given. */
    public static CompiledFunction compile(LinkedModule.Defined defined, long sharedStart) throws PtxException {
        FunctionCompiler compiler = new FunctionCompiler(defined, sharedStart);
        compiler.declareFormals();
        compiler.lowerBody();
        return compiler.finish();
    }

    private void declareFormals() throws PtxException {
        long offset = 0;
        for (Variable param : function.params()) {
            if (function.entry()) {
                long size =
                        param.count() * Symbols.type(param.line(), param.type()).bytes();
                offset = Symbols.align(offset, param.alignment());
                kernelParams.add(new PtxParam((int) offset, (int) size, param.alignment()));
                symbols.declare(param, true, offset);
                offset += size;
            } else {
                params.add(declareFormal(param, false));
            }
        }
        for (Variable result : function.returns()) {
            results.add(declareFormal(result, true));
        }
    }

    private CallSite.Slot declareFormal(Variable formal, boolean result) throws PtxException {
        if (!formal.space().equals("reg")) {
            Place place = symbols.declare(formal, false, 0);
            return new CallSite.Slot(place.offset(), place.size());
        }
        symbols.declareRegisters(formal.line(), formal.type(), formal.name(), -1);
        Value.Register register = symbols.register(formal.name());
        if (register == null || register.bank() == Bank.PREDICATE) {
            throw new PtxException(
                    PtxException.Kind.UNSUPPORTED_INSTRUCTION,
                    formal.line(),
                    formal.name(),
                    "a predicate as parameter");
        }
        Place slot = symbols.slot(Math.max(4, register.bits() / 8));
        if (result) {
            builder.addResult(slot, register);
        } else {
            FrameAccess.load(builder, slot, register);
        }
        return new CallSite.Slot(slot.offset(), slot.size());
    }

    private List<Statement> body() {
        List<Statement> body = function.body();
        return body == null ? List.of() : body;
    }

    private void lowerBody() throws PtxException {
        int last = function.line();
        for (Statement statement : body()) {
            last = statement.line();
            switch (statement) {
                case Statement.Instruction instruction -> InstructionSet.lower(instruction, builder);
                case Statement.Label label -> builder.add(new Step.Label<>(label.line(), labels.unique(label.name())));
                case Statement.Registers made ->
                    symbols.declareRegisters(made.line(), made.type(), made.name(), made.count());
                case Statement.Declaration declared -> symbols.declare(declared.variable(), false, 0);
                case Statement.Open open -> {
                    symbols.open();
                    labels.open();
                }
                case Statement.Close close -> {
                    symbols.close();
                    labels.close();
                }
                case Statement.BranchTargets known -> {}
                case Statement.Prototype prototype -> {}
            }
        }
        builder.dropGuard();
        builder.storeResults();
        builder.add(new Step.Leave<>(last, null, function.entry()));
    }

    private CompiledFunction finish() throws PtxException {
        ControlFlow<CodeWriter> flow;
        try {
            flow = ControlFlow.of(builder.steps(), FunctionWriter.STEPS_PER_BLOCK);
        } catch (ControlFlow.UnknownLabel unknown) {
            throw new PtxException(PtxException.Kind.INVALID, unknown.line(), "", unknown.reason());
        }
        RegisterSlots slots = RegisterSlots.assign(flow.blocks(), symbols.registers());
        Layout layout = new Layout(slots, builder.specials(), builder.words(), builder.longs());
        FunctionShape shape = new FunctionShape(
                function.name(),
                slots.count(Bank.WORD),
                slots.count(Bank.LONG),
                slots.count(Bank.PREDICATE),
                builder.specials().all(),
                builder.words().all().size(),
                builder.longs().all().size(),
                symbols.frameBytes(),
                List.copyOf(builder.calls()),
                builder.meetings().stream().map(meeting -> meeting.site(layout)).toList(),
                builder.matrices().stream().map(matrix -> matrix.site(layout)).toList());
        CompiledFunction.Formals formals =
                new CompiledFunction.Formals(List.copyOf(kernelParams), List.copyOf(params), List.copyOf(results));
        return new CompiledFunction(function, shape, formals, symbols.sharedEnd(), flow, layout);
    }
}
