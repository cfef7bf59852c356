package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.run.Loads;
import io.penstock.gpuserver.software.ptx.run.Stores;
import io.penstock.gpuserver.software.ptx.run.Together;
import io.penstock.gpuserver.software.ptx.run.Uniform;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/** {@code ld}, {@code st} and the instructions around them. */
final class MemoryLowering {
    /** State spaces that no other thread writes. */
    private static final List<String> UNORDERED = List.of("local", "const", "param");

    private MemoryLowering() {}

    /** {@code ld} and {@code ldu}. */
    static void load(Instruction at, FunctionBuilder to) throws PtxException {
        boolean ordered = takeOrder(at);
        boolean constant = at.modifiers().has("const");
        at.modifiers().take("nc");
        String cached = at.modifiers().takeAny("ca", "cg", "cs", "lu", "cv");
        boolean policy = CacheHints.takeOfLoad(at);
        AddressLowering.Space space = AddressLowering.space(at);
        int count = AddressLowering.vector(at);
        Type type = at.type();
        at.done();
        CacheHints.expectOperands(at, to, 2, policy);
        expectMemoryType(at, type);
        List<Operand> parts = AddressLowering.parts(at, at.operand(0), count);
        AddressLowering.Address resolved = AddressLowering.resolve(at, to, at.operand(1), space);
        AddressLowering.Address address = constant ? resolved.constant() : resolved;
        if (address.space() == AddressLowering.Space.PARAM && isConstant(address)) {
            loadParameters(at, to, address, type, parts);
            return;
        }
        List<Value.Register> loaded = new ArrayList<>();
        for (Operand part : parts) {
            loaded.add(landing(at, to, part, type));
        }
        boolean together = count > 1 && (ordered || "cg".equals(cached) || "cv".equals(cached));
        to.work(address.reads(), loaded, code -> {
            address.translate(code, type.bytes() * count);
            together(code, together, "begin");
            for (int i = 0; i < count; i++) {
                load(code, type, loaded.get(i), i * type.bytes());
            }
            together(code, together, "end");
            if (ordered) {
                code.invoke(Loads.class, "acquire", void.class);
                code.warp();
                code.invokeWarp("watched", void.class);
            }
        });
        for (int i = 0; i < count; i++) {
            extend(at, to, parts.get(i), type, loaded.get(i));
        }
    }

    /** The register itself where it has the type's width, else one of that width whose value is extended afterwards. */
    static Value.Register landing(Instruction at, FunctionBuilder to, Operand part, Type type) throws PtxException {
        if (part instanceof Operand.Name name && !name.name().equals("_")) {
            Value.Register register = to.symbols().register(name.name());
            if (register == null || register.bank() == Bank.PREDICATE || register.bits() < type.bits()) {
                throw at.invalid(name.name() + " is no register for ." + type.spelled());
            }
            // Signed and unsigned loads of words extend on their own.
            boolean direct = register.bank() == type.bank() && !(register.bits() == 16 && type.signed());
            return direct ? register : to.symbols().fresh(type.bits() == 64 ? Type.B64 : Type.B32);
        }
        return to.target(at, part, type);
    }

    /** Brings what was loaded into the operand's register, where the two are not one. */
    static void extend(Instruction at, FunctionBuilder to, Operand part, Type type, Value.Register loaded)
            throws PtxException {
        if (part instanceof Operand.Name name) {
            Value.Register register = to.symbols().register(name.name());
            if (register != null && !register.equals(loaded)) {
                ConvertLowering.storeInteger(at, to, part, extension(type), new Lane.Input(loaded));
            }
        }
    }

    /** The type by which a value fills a register wider than its own: signed ones by their sign, others by zeros. */
    private static Type extension(Type type) {
        return type == Type.S32 ? type : AddressLowering.plain(type);
    }

    /** Writes the load of each lane's value from the warp's addresses. */
    static void load(CodeWriter code, Type type, Value.Register to, int displacement) {
        code.warp();
        code.mask();
        code.value(to);
        code.push(displacement);
        String name = switch (AddressLowering.plain(type)) {
            case S8 -> "signed8";
            case U8 -> "unsigned8";
            case S16 -> "signed16";
            case U16 -> "unsigned16";
            case B32 -> "bits32";
            default -> "bits64";
        };
        Class<?> array = to.bank() == Bank.LONG ? long[].class : int[].class;
        code.invoke(Loads.class, name, void.class, Warp.class, int.class, array, int.class);
    }

    private static boolean isConstant(AddressLowering.Address address) {
        return address.base() instanceof Value.Constant constant && constant.source() instanceof Value.Source.Bits;
    }

    private static void expectMemoryType(Instruction at, Type type) throws PtxException {
        boolean whole = type.integer() || type == Type.F32 || type == Type.F64;
        if (!whole) {
            throw at.invalid(at.stem() + " has no type ." + type.spelled());
        }
    }

    /** Kernel parameters are the same for every lane: read once, written to all. */
    private static void loadParameters(
            Instruction at, FunctionBuilder to, AddressLowering.Address address, Type type, List<Operand> parts)
            throws PtxException {
        long start = address.offset();
        if (address.base() instanceof Value.Constant constant && constant.source() instanceof Value.Source.Bits bits) {
            start += bits.bits();
        }
        if (start % ((long) type.bytes() * parts.size()) != 0) {
            throw at.invalid("parameter offset " + start + " is not aligned for ." + type.spelled());
        }
        for (int i = 0; i < parts.size(); i++) {
            int offset = (int) start + i * type.bytes();
            Value.Register raw = to.symbols().fresh(type.bits() == 64 ? Type.B64 : Type.B32);
            to.work(List.of(), List.of(raw), code -> readParameter(code, raw, offset, type.bytes()));
            ConvertLowering.storeInteger(at, to, parts.get(i), extension(type), new Lane.Input(raw));
        }
    }

    private static void readParameter(CodeWriter code, Value.Register to, int offset, int bytes) {
        code.mask();
        code.value(to);
        code.warp();
        code.push(offset);
        if (bytes == 8) {
            code.invoke(Uniform.class, "param64", long.class, Warp.class, int.class);
            code.invoke(Uniform.class, "fill", void.class, int.class, long[].class, long.class);
        } else {
            code.push(bytes);
            code.invoke(Uniform.class, "param32", int.class, Warp.class, int.class, int.class);
            code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
        }
    }

    /** {@code st}. */
    static void store(Instruction at, FunctionBuilder to) throws PtxException {
        boolean ordered = takeOrder(at);
        String cached = at.modifiers().takeAny("wb", "cg", "cs", "wt");
        boolean policy = CacheHints.takeOfStore(at);
        AddressLowering.Space space = AddressLowering.space(at);
        int count = AddressLowering.vector(at);
        Type type = at.type();
        at.done();
        CacheHints.expectOperands(at, to, 2, policy);
        expectMemoryType(at, type);
        List<Operand> parts = AddressLowering.parts(at, at.operand(1), count);
        AddressLowering.Address address =
                AddressLowering.resolve(at, to, at.operand(0), space).written();
        if (address.space() == AddressLowering.Space.PARAM) {
            throw at.invalid("a kernel's parameters cannot be written");
        }
        List<Value> reads = new ArrayList<>(address.reads());
        List<Value> stored = new ArrayList<>();
        for (Operand part : parts) {
            stored.add(narrowed(at, to, part, type));
        }
        reads.addAll(stored);
        boolean together = count > 1 && (ordered || "cg".equals(cached) || "wt".equals(cached));
        to.work(reads, List.of(), code -> {
            if (ordered) {
                code.invoke(Stores.class, "release", void.class);
            }
            address.translate(code, type.bytes() * count);
            together(code, together, "begin");
            for (int i = 0; i < count; i++) {
                store(code, type, stored.get(i), i * type.bytes());
            }
            together(code, together, "end");
        });
    }

    private static void together(CodeWriter code, boolean needed, String what) {
        if (needed) {
            code.invoke(Together.class, what, void.class);
        }
    }

    /** A value that the store's width fits: the low word of a wider register. */
    static Value narrowed(Instruction at, FunctionBuilder to, Operand operand, Type type) throws PtxException {
        Value value = to.any(at, operand, AddressLowering.plain(type));
        if (operand instanceof Operand.Literal) {
            value = to.any(at, operand, type);
        }
        if (value.bank() == Bank.PREDICATE || (value.bank() == Bank.WORD && type.bits() == 64)) {
            throw at.invalid("the stored register has fewer bits than ." + type.spelled());
        }
        if (value.bank() == Bank.LONG && type.bits() < 64) {
            Value.Register low = to.symbols().fresh(Type.B32);
            to.assign(low, Lane.of(LongMath.class, "low", "J", new Lane.Input(value)));
            return low;
        }
        return value;
    }

    /** Writes the store of each lane's value to the warp's addresses. */
    static void store(CodeWriter code, Type type, Value from, int displacement) {
        code.warp();
        code.mask();
        code.value(from);
        code.push(displacement);
        Class<?> array = from.bank() == Bank.LONG ? long[].class : int[].class;
        code.invoke(Stores.class, "bits" + type.bits(), void.class, Warp.class, int.class, array, int.class);
    }

    /** {@code membar}, {@code fence}: the strongest there is. */
    static void fence(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().takeAny("cta", "gl", "sys", "gpu", "cluster");
        at.modifiers().takeAny("sc", "acq_rel", "acquire", "release");
        at.modifiers().takeAny("cta", "gpu", "sys", "cluster");
        at.done();
        to.work(List.of(), List.of(), code -> code.invoke(Stores.class, "fence", void.class));
    }

    /** {@code nanosleep}: the rest of the turn is for others. */
    static void sleep(Instruction at, FunctionBuilder to) throws PtxException {
        at.type();
        at.done();
        at.expectOperands(1);
        to.value(at, at.operand(0), Type.U32);
        to.work(List.of(), List.of(), code -> {
            code.warp();
            code.invokeWarp("sleep", void.class);
        });
    }

    /** Memory of devices is relaxed, of the whole system and in no memory of a block's or a thread's own. */
    private static void checkDevices(Instruction at, List<String> words) throws PtxException {
        boolean whole = words.containsAll(List.of("relaxed", "sys"));
        boolean inside = words.contains("shared") || words.contains("shared::cta");
        if (words.contains("mmio") && (!whole || inside)) {
            throw at.invalid(".mmio stands with .relaxed.sys, and with no space but .global");
        }
    }

    private static boolean takeOrder(Instruction at) throws PtxException {
        checkDevices(at, at.modifiers().left());
        boolean ordered = at.modifiers().takeAll("volatile", "relaxed", "acquire", "release", "mmio");
        for (String alone : UNORDERED) {
            if (ordered && at.modifiers().left().contains(alone)) {
                throw at.invalid("." + alone + " memory has no order among threads");
            }
        }
        at.modifiers().take("weak");
        at.modifiers().takeAny("cta", "cluster", "gpu", "sys");
        return ordered;
    }
}
