package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.run.Uniform;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Special registers whose value is made when they are read. */
final class DynamicSpecials {
    private DynamicSpecials() {}

    /** A fresh register that holds it, or null for a name that is none of them. */
    static Value.@Nullable Register read(FunctionBuilder to, String name) {
        return switch (name) {
            case "%clock64" -> wide(to, "clock");
            case "%globaltimer" -> wide(to, "globalTimer");
            case "%clock", "%globaltimer_lo", "%clock_hi", "%globaltimer_hi" -> {
                String method = name.startsWith("%clock") ? "clock" : "globalTimer";
                yield narrow(to, method, name.endsWith("hi") ? 32 : 0);
            }
            case "%activemask" -> activeMask(to);
            case "%gridid" -> constant(to, 1);
            case "%current_graph_exec" -> constant(to, 0);
            default -> name.matches("%pm[0-7]_64") ? constant(to, 0) : null;
        };
    }

    private static Value.Register wide(FunctionBuilder to, String method) {
        Value.Register made = to.symbols().fresh(Type.B64);
        to.work(List.of(), List.of(made), code -> {
            code.mask();
            code.value(made);
            code.invoke(Uniform.class, method, long.class);
            code.invoke(Uniform.class, "fill", void.class, int.class, long[].class, long.class);
        });
        return made;
    }

    private static Value.Register narrow(FunctionBuilder to, String method, int shift) {
        Value.Register made = to.symbols().fresh(Type.B32);
        to.work(List.of(), List.of(made), code -> {
            code.mask();
            code.value(made);
            code.invoke(Uniform.class, method, long.class);
            code.push(shift);
            code.code().lushr().l2i();
            code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
        });
        return made;
    }

    /** The lanes active now, in a fresh register. */
    static Value.Register activeMask(FunctionBuilder to) {
        Value.Register made = to.symbols().fresh(Type.B32);
        to.work(List.of(), List.of(made), code -> {
            code.mask();
            code.value(made);
            code.mask();
            code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
        });
        return made;
    }

    private static Value.Register constant(FunctionBuilder to, long value) {
        Value.Register made = to.symbols().fresh(Type.B64);
        to.assign(made, Lane.of(LongMath.class, "copy", "J", new Lane.Input(to.constant(Bank.LONG, value))));
        return made;
    }
}
