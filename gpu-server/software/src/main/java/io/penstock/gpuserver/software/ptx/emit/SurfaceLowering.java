package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.AtomicOperation;
import io.penstock.gpuserver.software.ptx.run.Geometry;
import io.penstock.gpuserver.software.ptx.run.Surfaces;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/** {@code suld.b}, {@code sust.b} and {@code sured.b} of surface objects: bytes as they lie there, no format. */
final class SurfaceLowering {
    private static final int ACCESS_BYTES_MAX = 16;

    private SurfaceLowering() {}

    /** What an instruction's modifiers say. */
    private record Form(Geometry geometry, int count, Type type, Surfaces.Beyond beyond) {
        static Form of(Instruction at) throws PtxException {
            if (!at.modifiers().take("b")) {
                throw at.unsupported("an access by the surface's format");
            }
            Geometry geometry = ObjectAccess.geometry(at);
            at.modifiers().takeAny("ca", "cg", "cs", "cv", "wb", "wt");
            int count = AddressLowering.vector(at);
            Type type = at.type();
            String word = at.modifiers().takeAny("clamp", "zero", "trap");
            at.done();
            at.expectOperands(2);
            if (type.bytes() * count > ACCESS_BYTES_MAX) {
                throw at.invalid("a surface is accessed by at most " + ACCESS_BYTES_MAX + " bytes");
            }
            Surfaces.Beyond beyond = switch (word == null ? "trap" : word) {
                case "clamp" -> Surfaces.Beyond.CLAMP;
                case "zero" -> Surfaces.Beyond.ZERO;
                default -> Surfaces.Beyond.TRAP;
            };
            return new Form(geometry, count, type, beyond);
        }

        /** Writes the call that leaves native addresses in the warp. */
        void locate(CodeWriter code, ObjectAccess access, boolean store, int site) {
            code.warp();
            code.mask();
            code.value(access.object());
            code.rows(access.coordinates());
            code.push(geometry);
            code.push(type.bytes() * count);
            code.push(beyond);
            code.push(store ? 1 : 0);
            code.push(site);
            code.invoke(
                    Surfaces.class,
                    "locate",
                    void.class,
                    Warp.class,
                    int.class,
                    long[].class,
                    int[][].class,
                    Geometry.class,
                    int.class,
                    Surfaces.Beyond.class,
                    boolean.class,
                    int.class);
        }
    }

    static void load(Instruction at, FunctionBuilder to) throws PtxException {
        Form form = Form.of(at);
        List<Operand> parts = AddressLowering.parts(at, at.operand(0), form.count());
        ObjectAccess access = ObjectAccess.resolve(at, to, at.operand(1), form.geometry(), Type.S32);
        List<Value.Register> loaded = new ArrayList<>();
        for (Operand part : parts) {
            loaded.add(MemoryLowering.landing(at, to, part, form.type()));
        }
        int site = to.site();
        to.work(access.reads(), loaded, code -> {
            form.locate(code, access, false, site);
            for (int i = 0; i < loaded.size(); i++) {
                MemoryLowering.load(
                        code, form.type(), loaded.get(i), i * form.type().bytes());
            }
        });
        for (int i = 0; i < loaded.size(); i++) {
            MemoryLowering.extend(at, to, parts.get(i), form.type(), loaded.get(i));
        }
    }

    static void store(Instruction at, FunctionBuilder to) throws PtxException {
        Form form = Form.of(at);
        List<Operand> parts = AddressLowering.parts(at, at.operand(1), form.count());
        ObjectAccess access = ObjectAccess.resolve(at, to, at.operand(0), form.geometry(), Type.S32);
        List<Value> stored = new ArrayList<>();
        for (Operand part : parts) {
            stored.add(MemoryLowering.narrowed(at, to, part, form.type()));
        }
        List<Value> reads = new ArrayList<>(access.reads());
        reads.addAll(stored);
        int site = to.site();
        to.work(reads, List.of(), code -> {
            form.locate(code, access, true, site);
            for (int i = 0; i < stored.size(); i++) {
                MemoryLowering.store(
                        code, form.type(), stored.get(i), i * form.type().bytes());
            }
        });
    }

    /** {@code sured.b}: as {@code red}, at a place in a surface. */
    static void reduce(Instruction at, FunctionBuilder to) throws PtxException {
        String name = at.modifiers().takeAny("add", "min", "max", "and", "or");
        Form form = Form.of(at);
        Type type = form.type();
        boolean bitwise = "and".equals(name) || "or".equals(name);
        boolean fits = bitwise
                ? type == Type.B32
                : type == Type.U32 || type == Type.S32 || (type == Type.U64 && "add".equals(name));
        if (name == null || form.count() != 1 || form.geometry().layered() || !fits) {
            throw at.invalid(
                    "sured.b adds, compares or combines single integers of 32 bits or adds ones of 64, without layers");
        }
        ObjectAccess access = ObjectAccess.resolve(at, to, at.operand(0), form.geometry(), Type.S32);
        Value operand = to.value(at, one(at), type);
        Value.Register old = to.symbols().fresh(type);
        List<Value> reads = new ArrayList<>(access.reads());
        reads.add(operand);
        int site = to.site();
        AtomicOperation operation = AtomicLowering.operation(at, name, type);
        to.work(reads, List.of(old), code -> {
            form.locate(code, access, true, site);
            AtomicLowering.update(code, old, operand, operation, type.bits());
        });
    }

    private static Operand one(Instruction at) throws PtxException {
        return AddressLowering.parts(at, at.operand(1), 1).getFirst();
    }
}
