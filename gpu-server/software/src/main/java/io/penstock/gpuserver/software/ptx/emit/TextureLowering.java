package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.Compare;
import io.penstock.gpuserver.software.ptx.run.Geometry;
import io.penstock.gpuserver.software.ptx.run.Textures;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code tex} and {@code tld4} of texture objects. No texture has mipmaps, so that every level of detail, given or found by
 * gradients, is the first.
 */
final class TextureLowering {
    private TextureLowering() {}

    /** {@code tex}. */
    static void fetch(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("base");
        boolean level = at.modifiers().take("level");
        boolean gradient = at.modifiers().take("grad");
        Geometry geometry = ObjectAccess.geometry(at);
        boolean four = at.modifiers().take("v4");
        Type result = at.type();
        Type coordinate = at.type();
        at.done();
        expectResult(at, four, result);
        if (coordinate != Type.F32 && coordinate != Type.S32) {
            throw at.unsupported("coordinates of type ." + coordinate.spelled());
        }
        if (at.operands().size() != (gradient ? 4 : level ? 3 : 2)) {
            throw at.unsupported(at.operands().size() + " operands");
        }
        if (level) {
            to.value(at, at.operand(2), coordinate);
        }
        for (int i = 2; gradient && i < 4; i++) {
            for (Operand part : AddressLowering.parts(at, at.operand(i), geometry.gradients())) {
                to.value(at, part, Type.F32);
            }
        }
        List<Value.Register> fetched = targets(at, to, result);
        ObjectAccess access = ObjectAccess.resolve(at, to, at.operand(1), geometry, coordinate);
        int site = to.site();
        to.work(access.reads(), fetched, code -> {
            begin(code, access, fetched, geometry);
            code.push(coordinate == Type.F32 ? 1 : 0);
            code.push(site);
            invoke(code, "fetch", boolean.class);
        });
    }

    /** {@code tld4}. */
    static void gather(Instruction at, FunctionBuilder to) throws PtxException {
        String component = at.modifiers().takeAny("r", "g", "b", "a");
        Geometry geometry = ObjectAccess.geometry(at);
        boolean four = at.modifiers().take("v4");
        Type result = at.type();
        Type coordinate = at.type();
        at.done();
        expectResult(at, four, result);
        boolean flat = geometry == Geometry.TWO || geometry == Geometry.LAYERS_OF_TWO;
        if (component == null || !flat || coordinate != Type.F32) {
            throw at.invalid("tld4 names a component, is of .2d or .a2d, and has coordinates of type .f32");
        }
        if (at.operands().size() != 2) {
            throw at.unsupported(at.operands().size() + " operands");
        }
        List<Value.Register> fetched = targets(at, to, result);
        ObjectAccess access = ObjectAccess.resolve(at, to, at.operand(1), geometry, coordinate);
        int site = to.site();
        to.work(access.reads(), fetched, code -> {
            begin(code, access, fetched, geometry);
            code.push("rgba".indexOf(component));
            code.push(site);
            invoke(code, "gather", int.class);
        });
    }

    private static void expectResult(Instruction at, boolean four, Type result) throws PtxException {
        if (!four || !(result == Type.F32 || result == Type.S32 || result == Type.U32)) {
            throw at.unsupported("a fetch of other than four values of 32 bits");
        }
    }

    /** The four values, and whether there was memory behind all texels: no array is sparse, so there always is. */
    private static List<Value.Register> targets(Instruction at, FunctionBuilder to, Type result) throws PtxException {
        List<Value.Register> fetched = new ArrayList<>();
        Operand target = at.operand(0);
        if (target instanceof Operand.Pair pair) {
            to.assign(to.target(at, pair.second(), Type.PRED), Lane.of(Compare.class, "always", ""));
            target = pair.first();
        }
        for (Operand part : AddressLowering.parts(at, target, 4)) {
            fetched.add(to.target(at, part, result));
        }
        return fetched;
    }

    private static void begin(CodeWriter code, ObjectAccess access, List<Value.Register> fetched, Geometry geometry) {
        code.warp();
        code.mask();
        code.rows(fetched);
        code.value(access.object());
        code.rows(access.coordinates());
        code.push(geometry);
    }

    private static void invoke(CodeWriter code, String name, Class<?> mode) {
        code.invoke(
                Textures.class,
                name,
                void.class,
                Warp.class,
                int.class,
                int[][].class,
                long[].class,
                int[][].class,
                Geometry.class,
                mode,
                int.class);
    }
}
