package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Queries;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;
import java.util.Locale;

/** {@code txq} and {@code suq} of objects in registers: sizes, in texels. */
final class QueryLowering {
    private QueryLowering() {}

    static void lower(Instruction at, FunctionBuilder to) throws PtxException {
        boolean surface = at.stem().equals("suq");
        String word = at.modifiers().takeAny("width", "height", "depth");
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        if (word == null || type != Type.B32) {
            throw at.unsupported("this query");
        }
        if (!(at.operand(1) instanceof Operand.Address(String name, long offset)) || name == null || offset != 0) {
            throw at.invalid("an object in brackets is expected");
        }
        if (to.symbols().register(name) == null) {
            throw at.unsupported(name + " is no register, and references are not supported");
        }
        Value object = to.value(at, new Operand.Name(name), Type.B64);
        Value.Register target = to.target(at, at.operand(0), Type.B32);
        Queries.Query query = Queries.Query.valueOf(word.toUpperCase(Locale.ROOT));
        to.work(List.of(object), List.of(target), code -> {
            code.warp();
            code.mask();
            code.value(target);
            code.value(object);
            code.push(surface ? 1 : 0);
            code.push(query);
            code.invoke(
                    Queries.class,
                    "answer",
                    void.class,
                    Warp.class,
                    int.class,
                    int[].class,
                    long[].class,
                    boolean.class,
                    Queries.Query.class);
        });
    }
}
