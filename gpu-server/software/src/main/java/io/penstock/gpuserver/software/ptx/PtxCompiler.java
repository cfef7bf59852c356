package io.penstock.gpuserver.software.ptx;

import io.penstock.gpuserver.software.ptx.check.LinkedModule;
import io.penstock.gpuserver.software.ptx.check.Linker;
import io.penstock.gpuserver.software.ptx.emit.CompiledFunction;
import io.penstock.gpuserver.software.ptx.emit.FunctionCompiler;
import io.penstock.gpuserver.software.ptx.syntax.Parser;
import io.penstock.gpuserver.software.ptx.syntax.Unit;
import java.util.ArrayList;
import java.util.List;

/** The way in: PTX text to a module whose kernels can be launched once {@link PtxModule#bind} has been called. */
public final class PtxCompiler {
    private PtxCompiler() {}

    /** Compiles one text; every external function it calls must be one of the device's own (vprintf, malloc, …). */
    public static PtxModule compile(String ptxText, PtxOptions options) throws PtxException {
        return link(List.of(ptxText), options);
    }

    /** Compiles several texts into one module, as cuLink does: an {@code .extern} of one is found among the others. */
    public static PtxModule link(List<String> ptxTexts, PtxOptions options) throws PtxException {
        List<Unit> units = new ArrayList<>();
        for (String text : ptxTexts) {
            Unit unit = Parser.parse(text);
            check(unit, options);
            units.add(unit);
        }
        LinkedModule linked = Linker.link(units);
        return new PtxModule(linked, compileFunctions(linked), options);
    }

    /** Device functions first: their shared variables are in every kernel's way. */
    private static List<CompiledFunction> compileFunctions(LinkedModule linked) throws PtxException {
        CompiledFunction[] compiled = new CompiledFunction[linked.functions().size()];
        long shared = linked.sharedBytes();
        for (int i = 0; i < compiled.length; i++) {
            if (!linked.functions().get(i).function().entry()) {
                compiled[i] = FunctionCompiler.compile(linked.functions().get(i), shared);
                shared = compiled[i].sharedEnd();
            }
        }
        for (int i = 0; i < compiled.length; i++) {
            if (linked.functions().get(i).function().entry()) {
                compiled[i] = FunctionCompiler.compile(linked.functions().get(i), shared);
            }
        }
        return List.of(compiled);
    }

    private static void check(Unit unit, PtxOptions options) throws PtxException {
        if (unit.version() > options.ptxVersionMax()) {
            throw new PtxException(
                    PtxException.Kind.UNSUPPORTED_VERSION,
                    1,
                    "",
                    "PTX " + unit.version() / 10 + "." + unit.version() % 10 + " is newer than "
                            + options.ptxVersionMax() / 10 + "." + options.ptxVersionMax() % 10);
        }
        if (unit.target() > options.computeCapability()) {
            throw new PtxException(
                    PtxException.Kind.UNSUPPORTED_TARGET,
                    1,
                    "",
                    "the target sm_" + unit.target() + " is above the device's " + options.computeCapability());
        }
    }
}
