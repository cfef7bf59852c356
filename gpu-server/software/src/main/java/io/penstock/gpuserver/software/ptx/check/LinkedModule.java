package io.penstock.gpuserver.software.ptx.check;

import io.penstock.gpuserver.software.ptx.PtxGlobal;
import io.penstock.gpuserver.software.ptx.syntax.Function;
import io.penstock.gpuserver.software.ptx.syntax.Variable;
import java.util.List;

/**
 * Several texts as one module: every definition has a number, every name is resolvable.
 *
 * @param functions the definitions, entries too, by number
 * @param globals the variables that need device memory, by number
 * @param sharedBytes where the module-scope shared variables end
 * @param dynamicSharedStart where a block's dynamic shared memory begins
 */
public record LinkedModule(List<Defined> functions, List<Global> globals, long sharedBytes, long dynamicSharedStart) {
    /** A function with the names its text sees, and what the text was made for: {@code .target sm_XY} as its number. */
    public record Defined(Function function, ModuleSymbols symbols, int target) {}

    /** A variable, what the driver must know of it, and the names its initialiser may use. */
    public record Global(PtxGlobal description, Variable variable, ModuleSymbols symbols) {}
}
