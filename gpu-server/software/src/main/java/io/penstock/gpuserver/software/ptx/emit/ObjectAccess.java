package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Geometry;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/**
 * The bracketed operand of a texture or surface instruction: a 64-bit object in a register, and coordinates (PTX ISA, Texture
 * Instructions: an indirect access). Texture references, which a name stands for, are not supported.
 *
 * @param object the lanes' objects
 * @param coordinates as many as the geometry wants
 */
record ObjectAccess(Value object, List<Value> coordinates) {

    /** Takes the geometry from the modifiers. */
    static Geometry geometry(Instruction at) throws PtxException {
        for (Geometry geometry : Geometry.values()) {
            if (at.modifiers().take(geometry.word())) {
                return geometry;
            }
        }
        throw at.unsupported("a geometry that is missing or not supported");
    }

    /** Resolves the operand; the number of a layer is an integer whatever the other coordinates are. */
    static ObjectAccess resolve(Instruction at, FunctionBuilder to, Operand operand, Geometry geometry, Type coordinate)
            throws PtxException {
        if (!(operand instanceof Operand.Access access)) {
            throw at.invalid("an object and coordinates in brackets are expected");
        }
        if (access.others().size() != 1) {
            throw at.unsupported("a sampler beside the texture");
        }
        if (to.symbols().register(access.object()) == null) {
            throw at.unsupported(access.object() + " is no register, and references are not supported");
        }
        Value object = to.value(at, new Operand.Name(access.object()), Type.B64);
        List<Value> coordinates = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, access.others().getFirst(), geometry.coordinates())) {
            boolean layer = geometry.layered() && coordinates.isEmpty();
            coordinates.add(to.value(at, part, layer ? Type.U32 : coordinate));
        }
        return new ObjectAccess(object, coordinates);
    }

    List<Value> reads() {
        List<Value> all = new ArrayList<>(coordinates);
        all.add(object);
        return all;
    }
}
