package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Addresses;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.Loads;
import io.penstock.gpuserver.software.ptx.run.Stores;
import io.penstock.gpuserver.software.ptx.run.Warp;
import java.util.List;

/** Whole registers to and from slots of the running function's frame: arguments and results. */
final class FrameAccess {
    private FrameAccess() {}

    static void store(FunctionBuilder to, Place slot, Value from) {
        to.work(List.of(from), List.of(), code -> move(code, slot, from, Stores.class));
    }

    static void load(FunctionBuilder to, Place slot, Value.Register target) {
        to.work(List.of(), List.of(target), code -> move(code, slot, target, Loads.class));
    }

    private static void move(CodeWriter code, Place slot, Value register, Class<?> direction) {
        boolean wide = register.bank() == Bank.LONG;
        code.warp();
        code.mask();
        code.frame();
        code.push(slot.offset());
        code.push(wide ? Long.BYTES : Integer.BYTES);
        code.invoke(Addresses.class, "frame", void.class, Warp.class, int.class, Frame.class, long.class, int.class);
        code.warp();
        code.mask();
        code.value(register);
        code.push(0);
        Class<?> array = wide ? long[].class : int[].class;
        code.invoke(direction, wide ? "bits64" : "bits32", void.class, Warp.class, int.class, array, int.class);
    }
}
