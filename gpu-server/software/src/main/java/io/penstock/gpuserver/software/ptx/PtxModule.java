package io.penstock.gpuserver.software.ptx;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.LinkedModule;
import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.emit.CompiledFunction;
import io.penstock.gpuserver.software.ptx.run.Launch;
import io.penstock.gpuserver.software.ptx.run.Program;
import io.penstock.gpuserver.software.ptx.run.ProgramFunction;
import io.penstock.gpuserver.software.ptx.run.Warp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A compiled and linked module: its kernels and the variables that the driver must place.
 *
 * <p>Use: allocate each of {@link #globals} at its alignment, {@link #bind} the addresses, then copy {@link #image} of each
 * to its place (constants too: they are only memory that kernels do not write). Bind before the first launch, once.
 */
public final class PtxModule {
    private final LinkedModule linked;
    private final List<CompiledFunction> functions;
    private final List<PtxKernel> kernels;
    private final int reservedSharedBytes;
    private volatile @Nullable Program program;
    private long[] addresses = {};

    PtxModule(LinkedModule linked, List<CompiledFunction> functions, PtxOptions options) {
        this.linked = linked;
        this.functions = functions;
        List<PtxKernel> entries = new ArrayList<>();
        for (int i = 0; i < functions.size(); i++) {
            if (functions.get(i).function().entry()) {
                entries.add(new PtxKernel(
                        this, i, functions.get(i), (int) linked.dynamicSharedStart(), options.registersMax()));
            }
        }
        kernels = List.copyOf(entries);
        boolean asked = functions.stream()
                .flatMap(function -> function.shape().specials().stream())
                .anyMatch(SpecialRegister::ofReservedShared);
        reservedSharedBytes = asked ? Launch.RESERVED_BYTES : 0;
    }

    /** The {@code .entry} functions in the order of the text. */
    public List<PtxKernel> kernels() {
        return kernels;
    }

    /** Shared memory that a launch must have beyond the kernel's own, because a function of the module asks where it is. */
    int reservedSharedBytes() {
        return reservedSharedBytes;
    }

    int target(int function) {
        return linked.functions().get(function).target();
    }

    /** The variables in the order that {@link #bind} and {@link #image} count them. */
    public List<PtxGlobal> globals() {
        return linked.globals().stream().map(LinkedModule.Global::description).toList();
    }

    /** Bytes that the {@code .const} variables take when they lie one behind the other, each at its alignment. */
    public int constantBytes() {
        long end = 0;
        for (LinkedModule.Global global : linked.globals()) {
            PtxGlobal variable = global.description();
            if (variable.space() == PtxGlobal.Space.CONST) {
                end = Math.ceilDiv(end, variable.alignment()) * variable.alignment() + variable.size();
            }
        }
        return Math.toIntExact(end);
    }

    /** Says where each variable lives; as many addresses as {@link #globals}, in its order. */
    public void bind(long[] globalAddresses) {
        if (globalAddresses.length != linked.globals().size()) {
            throw new IllegalArgumentException(
                    "the module has " + linked.globals().size() + " variables, not " + globalAddresses.length);
        }
        addresses = globalAddresses.clone();
        List<ProgramFunction> bound = new ArrayList<>();
        for (CompiledFunction function : functions) {
            bound.add(new ProgramFunction(
                    function.shape(), function.params(), function.results(), constants(function), function::load));
        }
        program = new Program(List.copyOf(bound));
    }

    /** The initial bytes of one variable with addresses of others filled in, {@link PtxGlobal#size} long; after {@link #bind}. */
    public byte[] image(int global) {
        program();
        return InitialBytes.of(linked.globals().get(global), addresses);
    }

    Program program() {
        Program bound = program;
        if (bound == null) {
            throw new IllegalStateException("the module is used before bind");
        }
        return bound;
    }

    private ProgramFunction.Constants constants(CompiledFunction function) {
        List<Value.Source> words = function.constants(Bank.WORD);
        List<Value.Source> longs = function.constants(Bank.LONG);
        int[][] wordRows = new int[words.size()][Warp.LANES];
        long[][] longRows = new long[longs.size()][Warp.LANES];
        for (int i = 0; i < wordRows.length; i++) {
            Arrays.fill(wordRows[i], (int) valueOf(words.get(i)));
        }
        for (int i = 0; i < longRows.length; i++) {
            Arrays.fill(longRows[i], valueOf(longs.get(i)));
        }
        return new ProgramFunction.Constants(wordRows, longRows);
    }

    private long valueOf(Value.Source source) {
        return switch (source) {
            case Value.Source.Bits bits -> bits.bits();
            case Value.Source.GlobalAddress global -> addresses[global.global()] + global.addend();
            case Value.Source.FunctionAddress function -> Program.addressOf(function.function());
        };
    }
}
