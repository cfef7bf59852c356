package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import io.penstock.gpuserver.software.ptx.check.Symbols;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.math.Convert;
import io.penstock.gpuserver.software.ptx.math.HalfMath;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.run.CallSite;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.Uniform;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.lang.constant.ConstantDescs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects one function's steps, and gives lowerings their operands in the form that arithmetic wants. */
final class FunctionBuilder {
    private final Symbols symbols;
    private final List<Step<CodeWriter>> steps = new ArrayList<>();
    private final List<CallSite> calls = new ArrayList<>();
    private final List<Meeting> meetings = new ArrayList<>();
    private final List<MatrixWork> matrices = new ArrayList<>();
    private final Labels labels;
    private final Layout.Values<SpecialRegister> specials = new Layout.Values<>();
    private final Layout.Values<Value.Source> words = new Layout.Values<>();
    private final Layout.Values<Value.Source> longs = new Layout.Values<>();
    private final Map<Place, Value.Register> results = new LinkedHashMap<>();
    private final boolean kernel;
    private Step.@Nullable Guard guard;
    private int line;
    private int sites;
    private int freshLabels;

    FunctionBuilder(Symbols symbols, Labels labels, boolean kernel) {
        this.symbols = symbols;
        this.labels = labels;
        this.kernel = kernel;
    }

    Symbols symbols() {
        return symbols;
    }

    /** Whether the function is an entry. */
    boolean kernel() {
        return kernel;
    }

    List<Step<CodeWriter>> steps() {
        return steps;
    }

    List<CallSite> calls() {
        return calls;
    }

    List<Meeting> meetings() {
        return meetings;
    }

    List<MatrixWork> matrices() {
        return matrices;
    }

    Labels labels() {
        return labels;
    }

    Layout.Values<SpecialRegister> specials() {
        return specials;
    }

    Layout.Values<Value.Source> words() {
        return words;
    }

    Layout.Values<Value.Source> longs() {
        return longs;
    }

    /** Steps added from now on belong to this instruction. */
    void begin(Instruction instruction) throws PtxException {
        line = instruction.origin().line();
        guard = null;
        String name = instruction.origin().guard();
        if (name != null) {
            Value.Register register = symbols.register(name);
            if (register == null || register.bank() != Bank.PREDICATE) {
                throw instruction.invalid("the guard " + name + " is not a predicate");
            }
            guard = new Step.Guard(register, instruction.origin().guardNegated());
        }
    }

    /** A formal result that is a register: it goes to its slot whenever the function returns. */
    void addResult(Place slot, Value.Register register) {
        results.put(slot, register);
    }

    /** Stores the results that are registers. */
    void storeResults() {
        results.forEach((slot, register) -> FrameAccess.store(this, slot, register));
    }

    Step.@Nullable Guard guard() {
        return guard;
    }

    /** The guard is dealt with by a branch: steps added from now on do not repeat it. */
    void dropGuard() {
        guard = null;
    }

    int line() {
        return line;
    }

    /** A number for a memory instruction, so that it remembers its own allocation. */
    int site() {
        return sites++;
    }

    /** A label that no text can name. */
    String freshLabel() {
        return "%label" + freshLabels++;
    }

    void add(Step<CodeWriter> step) {
        steps.add(step);
    }

    /** Adds work that reads and writes the registers among the values given. */
    void work(List<Value> reads, List<Value.Register> writes, Step.Body<CodeWriter> body) {
        steps.add(new Step.Work<>(line, guard, registers(reads), writes, body));
    }

    /** Adds an instruction that lanes execute together; lanes that its guard leaves out go around it. */
    void meet(Meeting meeting) throws PtxException {
        ControlLowering.unguarded(this, () -> {
            int number = meetings.size();
            meetings.add(meeting);
            steps.add(new Step.Pause<>(line, null, registers(meeting.reads()), meeting.writes(), code -> {
                code.warp();
                code.frame();
                code.push(number);
                code.invokeWarp("collective", int.class, Frame.class, int.class);
            }));
        });
    }

    /** Adds a matrix instruction: the whole warp meets, then executes it. */
    void matrix(MatrixWork matrix) throws PtxException {
        ControlLowering.unguarded(this, () -> {
            meet(Meeting.ofWarp(this));
            int number = matrices.size();
            matrices.add(matrix);
            work(matrix.reads(), matrix.writes(), code -> {
                code.warp();
                code.frame();
                code.push(number);
                code.invokeWarp("matrix", void.class, Frame.class, int.class);
            });
        });
    }

    static List<Value.Register> registers(List<Value> values) {
        List<Value.Register> registers = new ArrayList<>();
        for (Value value : values) {
            if (value instanceof Value.Register register) {
                registers.add(register);
            }
        }
        return registers;
    }

    /** Adds the loop that computes a register's new value. */
    void assign(Value.Register to, Lane expression) {
        work(LaneLoop.inputs(expression), List.of(to), code -> code.assign(to, expression));
    }

    /** Assigns a result of the given type to an operand, in the form a register of that type holds. */
    void assign(Instruction at, Operand to, Type type, Lane result) throws PtxException {
        assign(target(at, to, type), stored(type, result));
    }

    /** A result as a register holds it: narrow integers zero-extended, halves as their bits. */
    static Lane stored(Type type, Lane result) {
        if (result.type() == 'F' && type == Type.F16) {
            return Lane.of(HalfMath.class, "fromFloat", "F", result);
        }
        if (result.type() == 'F' && type == Type.BF16) {
            return Lane.of(HalfMath.class, "brainFromFloat", "F", result);
        }
        if (result.type() == 'I' && type.bits() == 16 && type.integer()) {
            return Lane.of(Convert.class, "low16", "I", result);
        }
        if (result.type() == 'I' && type.bits() == 8) {
            return Lane.of(Convert.class, "low8", "I", result);
        }
        return result;
    }

    /** The register an operand names; a fresh one for the sink. */
    Value.Register target(Instruction at, Operand operand, Type type) throws PtxException {
        if (!(operand instanceof Operand.Name name)) {
            throw at.invalid("a register is expected as the destination");
        }
        if (name.name().equals("_")) {
            return symbols.fresh(type);
        }
        Value.Register register = symbols.register(name.name());
        if (register == null) {
            throw at.invalid("no register " + name.name());
        }
        if (!register.fits(type)) {
            throw unfit(at, name.name(), register, type);
        }
        return register;
    }

    private static PtxException unfit(Instruction at, String name, Value.Register register, Type type) {
        String declared = register.kind().toString().toLowerCase(Locale.ROOT);
        return at.invalid("register " + name + ", of " + register.bits() + " bits that are " + declared
                + ", does not fit ." + type.spelled());
    }

    /** An operand in the form arithmetic wants: integers extended by their sign, halves as floats. */
    Lane lane(Instruction at, Operand operand, Type type) throws PtxException {
        Value value = value(at, operand, type);
        return arithmetic(value, type);
    }

    /** A value's bits as a number of the type. */
    Lane arithmetic(Value value, Type type) {
        Lane input = new Lane.Input(value);
        boolean wide = value.bank() == Bank.LONG;
        Lane word = wide && type.bits() < 64 ? Lane.of(LongMath.class, "low", "J", input) : input;
        return switch (type) {
            case S8 -> Lane.of(Convert.class, "signed8", "I", word);
            case U8, B8 -> Lane.of(Convert.class, "low8", "I", word);
            case S16 -> Lane.of(Convert.class, "signed16", "I", word);
            case U16, B16 -> isHalfRegister(value) ? word : Lane.of(Convert.class, "low16", "I", word);
            case F16 -> Lane.of(HalfMath.class, "toFloat", "I", word);
            case BF16 -> Lane.of(HalfMath.class, "brainToFloat", "I", word);
            default -> word;
        };
    }

    private static boolean isHalfRegister(Value value) {
        return value instanceof Value.Register register && register.bits() == 16;
    }

    /** An operand as a value in the bank of the type. */
    Value value(Instruction at, Operand operand, Type type) throws PtxException {
        Value value = any(at, operand, type);
        if (value instanceof Value.Register register && !register.fits(type)) {
            throw unfit(at, describe(operand), register, type);
        }
        if (value.bank() != type.bank()) {
            throw at.invalid("operand " + describe(operand) + " does not fit ." + type.spelled());
        }
        return value;
    }

    /** An operand as a value of whatever width its register has; {@code ld}, {@code st} and {@code cvt} allow that. */
    Value any(Instruction at, Operand operand, Type type) throws PtxException {
        Value value = switch (operand) {
            case Operand.Name name -> named(at, name.name(), 0, type);
            case Operand.Offset offset -> named(at, offset.name(), offset.offset(), type);
            case Operand.Element element -> element(at, element, type);
            case Operand.Literal literal -> Value.bits(type.bank(), Literals.bits(at, literal, type));
            case Operand.Negated negated -> negated(at, negated.name());
            default -> throw at.invalid("a register or a number is expected");
        };
        return remember(value);
    }

    /** Makes sure that a constant or special register has its row. */
    Value remember(Value value) {
        if (value instanceof Value.Special special) {
            specials.add(special.register());
        } else if (value instanceof Value.Constant constant && constant.bank() != Bank.PREDICATE) {
            (constant.bank() == Bank.LONG ? longs : words).add(constant.source());
        }
        return value;
    }

    /** A constant with its row. */
    Value constant(Bank bank, long bits) {
        return remember(Value.bits(bank, bits));
    }

    private Value negated(Instruction at, String name) throws PtxException {
        Value.Register register = symbols.register(name);
        if (register == null || register.bank() != Bank.PREDICATE) {
            throw at.invalid("!" + name + " is not a predicate");
        }
        Value.Register opposite = symbols.fresh(Type.PRED);
        work(List.of(register), List.of(opposite), code -> {
            code.value(register);
            code.push(-1);
            code.code().ixor();
            code.storePredicate(opposite);
        });
        return opposite;
    }

    private Value named(Instruction at, String name, long addend, Type type) throws PtxException {
        Value.Register register = symbols.register(name);
        if (register != null && addend == 0) {
            return register;
        }
        Place place = symbols.place(name);
        if (place != null) {
            return address(at, place, addend, type);
        }
        if (name.startsWith("%") || name.startsWith("WARP_SZ")) {
            return special(at, name, type);
        }
        Integer function = symbols.module().function(name);
        if (function != null && type.bits() == 64) {
            return new Value.Constant(Bank.LONG, new Value.Source.FunctionAddress(function));
        }
        throw at.invalid("nothing is called " + name);
    }

    private Value element(Instruction at, Operand.Element element, Type type) throws PtxException {
        Place place = symbols.place(element.name());
        if (place == null) {
            throw at.invalid("no variable " + element.name());
        }
        return address(at, place, element.index() * place.elementBytes(), type);
    }

    private Value address(Instruction at, Place place, long addend, Type type) throws PtxException {
        long offset = place.offset() + addend;
        return switch (place.space()) {
            case SHARED, PARAM -> Value.bits(type.bank(), offset);
            case GLOBAL -> {
                if (type.bank() != Bank.LONG) {
                    throw at.invalid("an address in device memory does not fit ." + type.spelled());
                }
                yield new Value.Constant(Bank.LONG, new Value.Source.GlobalAddress((int) place.offset(), addend));
            }
            case FRAME -> frameAddress(offset, type);
        };
    }

    private Value frameAddress(long offset, Type type) {
        Value.Register made = symbols.fresh(type.bank() == Bank.LONG ? Type.B64 : Type.B32);
        boolean wide = made.bank() == Bank.LONG;
        work(List.of(), List.of(made), code -> {
            code.mask();
            code.value(made);
            code.frame();
            code.code().getfield(CodeWriter.FRAME, "localBase", ConstantDescs.CD_long);
            code.push(offset);
            code.code().ladd();
            if (wide) {
                code.invoke(Uniform.class, "fill", void.class, int.class, long[].class, long.class);
            } else {
                code.code().l2i();
                code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
            }
        });
        return made;
    }

    private Value special(Instruction at, String name, Type type) throws PtxException {
        if (name.equals("WARP_SZ")) {
            return Value.bits(type.bank(), 32);
        }
        SpecialRegister register = SpecialRegister.of(name);
        if (register != null && type.bank() == Bank.WORD) {
            return new Value.Special(register);
        }
        Value.Register dynamic = DynamicSpecials.read(this, name);
        if (dynamic == null && register == null) {
            throw at.invalid("no register " + name);
        }
        if (dynamic == null || dynamic.bank() != type.bank()) {
            throw at.unsupported("special register " + name + " of type ." + type.spelled());
        }
        return dynamic;
    }

    private static String describe(Operand operand) {
        return switch (operand) {
            case Operand.Name name -> name.name();
            case Operand.Offset offset -> offset.name() + "+" + offset.offset();
            default -> operand.toString();
        };
    }
}
