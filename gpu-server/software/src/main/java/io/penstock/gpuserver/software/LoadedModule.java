package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.PtxGlobal;
import io.penstock.gpuserver.software.ptx.PtxKernel;
import io.penstock.gpuserver.software.ptx.PtxModule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kernels and variables of one image in one context (CUmodule). Any thread once loaded. */
final class LoadedModule {
    private final Context context;
    private final PtxModule compiled;
    private final Map<String, Block> variables = new LinkedHashMap<>();
    private final List<Block> memory = new ArrayList<>();
    /** Handles of functions by name, in the image's order. */
    private final Map<String, Long> functions = new LinkedHashMap<>();

    private volatile @Nullable Block bank;
    private long handle;

    private LoadedModule(Context context, PtxModule compiled) {
        this.context = context;
        this.compiled = compiled;
    }

    /** What decides the settings of a kernel: its own, or those that follow the library kernel it belongs to. */
    interface SettingsOf {
        KernelSettings of(PtxKernel kernel);
    }

    /** Places the variables and makes the functions; null when the device has no memory for the variables. */
    static @Nullable LoadedModule load(Context context, PtxModule compiled, SettingsOf settings) {
        LoadedModule module = new LoadedModule(context, compiled);
        if (!module.placeVariables()) {
            module.unload();
            return null;
        }
        HandleTable handles = context.device().machine().handles();
        for (PtxKernel kernel : compiled.kernels()) {
            Function function = new Function(module, kernel, settings.of(kernel));
            module.functions.put(kernel.name(), handles.add(function));
        }
        module.handle = handles.add(module);
        context.modules().add(module);
        return module;
    }

    private boolean placeVariables() {
        List<PtxGlobal> globals = compiled.globals();
        long[] addresses = new long[globals.size()];
        Block constants = placeConstants(globals, addresses);
        bank = constants;
        for (int i = 0; i < addresses.length; i++) {
            PtxGlobal global = globals.get(i);
            Block block = global.space() == PtxGlobal.Space.CONST ? constants : place(global.size());
            if (block == null) {
                return false;
            }
            addresses[i] += block.base();
            // names of this module alone are found too: nvcc gives most __device__ variables no .visible
            variables.putIfAbsent(global.name(), block.part(addresses[i], global.size()));
        }
        compiled.bind(addresses);
        for (int i = 0; i < addresses.length; i++) {
            NativeMemory.putBytes(addresses[i], compiled.image(i));
        }
        return true;
    }

    private @Nullable Block place(long bytes) {
        Block block = context.device().machine().allocate(context, bytes, Block.Kind.GLOBAL, null);
        if (block != null) {
            memory.add(block);
        }
        return block;
    }

    /** Constants lie one behind the other in a bank, as on a GPU, at the offsets left here; null when there are none. */
    private @Nullable Block placeConstants(List<PtxGlobal> globals, long[] offsets) {
        long bytes = 0;
        for (int i = 0; i < offsets.length; i++) {
            PtxGlobal global = globals.get(i);
            if (global.space() == PtxGlobal.Space.CONST) {
                offsets[i] = bytes + global.alignment() - 1 & -global.alignment();
                bytes = offsets[i] + global.size();
            }
        }
        return bytes == 0 ? null : place(bytes);
    }

    /** What {@code ld.const} may read; null when the module has no constants. */
    @Nullable
    Block bank() {
        return bank;
    }

    /** Takes the module's handles and memory back. */
    void unload() {
        Machine machine = context.device().machine();
        for (long function : functions.values()) {
            machine.handles().remove(function, Function.class);
        }
        functions.clear();
        for (Block block : memory) {
            machine.freeBlock(block.base());
        }
        memory.clear();
        variables.clear();
        machine.handles().remove(handle, LoadedModule.class);
        context.modules().remove(this);
    }

    Context context() {
        return context;
    }

    long handle() {
        return handle;
    }

    List<Long> functions() {
        return List.copyOf(functions.values());
    }

    /** The handle of a kernel, or 0. */
    long function(String name) {
        return functions.getOrDefault(name, 0L);
    }

    @Nullable
    Block variable(String name) {
        return variables.get(name);
    }
}
