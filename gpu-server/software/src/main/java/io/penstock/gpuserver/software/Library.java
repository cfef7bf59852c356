package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.PtxKernel;
import io.penstock.gpuserver.software.ptx.PtxModule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An image that belongs to no context and is loaded into each at its first use there (CUlibrary).
 *
 * <p>What is wrong with the image shows at the first use, as on the real driver. Guarded by itself.
 */
final class Library {
    private final Machine machine;
    private final ModuleImage image;

    // guarded by this
    private final Map<Context, LoadedModule> modules = new LinkedHashMap<>();
    private final Map<String, Long> kernels = new LinkedHashMap<>();
    private @Nullable Compilation first;
    private @Nullable PtxModule unused;

    Library(Machine machine, ModuleImage image) {
        this.machine = machine;
        this.image = image;
    }

    /** Compiles if need be and answers 0 or what is wrong with the image. */
    int compile() {
        return compile(JitOptions.NONE);
    }

    /** As {@link #compile()}, and what is wrong is left where these options say. */
    synchronized int compile(JitOptions options) {
        if (first == null) {
            first = Compilation.of(image);
            if (first.module() == null) {
                options.refused(first, machine.output());
            }
            unused = first.module();
            if (unused != null) {
                for (PtxKernel kernel : unused.kernels()) {
                    long handle = machine.handles().take();
                    machine.handles()
                            .put(
                                    handle,
                                    new Kernel(this, kernel, machine.devices().size()));
                    kernels.put(kernel.name(), handle);
                }
            }
        }
        return first.result();
    }

    /** The handle of a kernel of a compiled library, or 0. */
    synchronized long kernel(String name) {
        return kernels.getOrDefault(name, 0L);
    }

    synchronized List<Long> kernels() {
        return List.copyOf(kernels.values());
    }

    /** The module of this library in a context, loaded at the first call; null when the device has no memory for it. */
    synchronized @Nullable LoadedModule module(Context context) {
        LoadedModule loaded = modules.get(context);
        if (loaded != null && context.modules().contains(loaded)) {
            return loaded;
        }
        PtxModule compiled = unused == null ? Compilation.of(image).module() : unused;
        unused = null;
        if (compiled == null) {
            throw new IllegalStateException("an image that compiled once does not compile again");
        }
        loaded = LoadedModule.load(context, compiled, kernel -> settings(kernel, context.device()));
        if (loaded != null) {
            modules.put(context, loaded);
        }
        return loaded;
    }

    private KernelSettings settings(PtxKernel kernel, Device device) {
        Kernel owner = machine.handles().get(kernel(kernel.name()), Kernel.class);
        if (owner == null) {
            throw new IllegalStateException(kernel.name() + " was not in the library's first compilation");
        }
        return owner.settings(device).ofFunction();
    }

    /** The contexts that it was loaded into. */
    synchronized List<Context> contexts() {
        return List.copyOf(modules.keySet());
    }

    synchronized void unload() {
        for (LoadedModule module : modules.values()) {
            module.unload();
        }
        modules.clear();
        for (long kernel : kernels.values()) {
            machine.handles().remove(kernel, Kernel.class);
        }
        kernels.clear();
    }
}
