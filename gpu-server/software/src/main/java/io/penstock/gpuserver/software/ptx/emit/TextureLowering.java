package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Geometry;
import io.penstock.gpuserver.software.ptx.run.Textures;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/** {@code tex} of texture objects. No texture has mipmaps, so that every level of detail is the first. */
final class TextureLowering {
    private TextureLowering() {}

    static void fetch(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("base");
        boolean level = at.modifiers().take("level");
        Geometry geometry = ObjectAccess.geometry(at);
        boolean four = at.modifiers().take("v4");
        Type result = at.type();
        Type coordinate = at.type();
        at.done();
        if (!four || !(result == Type.F32 || result == Type.S32 || result == Type.U32)) {
            throw at.unsupported("a fetch of other than four values of 32 bits");
        }
        if (coordinate != Type.F32 && coordinate != Type.S32) {
            throw at.unsupported("coordinates of type ." + coordinate.spelled());
        }
        if (at.operands().size() != (level ? 3 : 2)) {
            throw at.unsupported(at.operands().size() + " operands");
        }
        List<Value.Register> fetched = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, at.operand(0), 4)) {
            fetched.add(to.target(at, part, result));
        }
        ObjectAccess access = ObjectAccess.resolve(at, to, at.operand(1), geometry, coordinate);
        int site = to.site();
        to.work(access.reads(), fetched, code -> {
            code.warp();
            code.mask();
            code.rows(fetched);
            code.value(access.object());
            code.rows(access.coordinates());
            code.push(geometry);
            code.push(coordinate == Type.F32 ? 1 : 0);
            code.push(site);
            code.invoke(
                    Textures.class,
                    "fetch",
                    void.class,
                    Warp.class,
                    int.class,
                    int[][].class,
                    long[].class,
                    int[][].class,
                    Geometry.class,
                    boolean.class,
                    int.class);
        });
    }
}
