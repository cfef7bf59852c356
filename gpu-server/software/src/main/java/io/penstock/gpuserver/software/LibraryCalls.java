package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Libraries and their kernels: images of no context, loaded into each where they are used. */
interface LibraryCalls extends DriverCalls {
    /** Leaves a variable's address and size where they are wanted; 500 when there is none. */
    static int putVariable(long dptr, long bytes, @Nullable Block variable) {
        if (variable == null) {
            return CudaResult.NOT_FOUND;
        }
        if (dptr != 0) {
            NativeMemory.putLong(dptr, variable.base());
        }
        if (bytes != 0) {
            NativeMemory.putLong(bytes, variable.bytes());
        }
        return CudaResult.SUCCESS;
    }

    /** Fills an array of at most {@code room} handles. */
    static void putHandles(long array, int room, List<Long> handles) {
        for (int i = 0; i < Math.min(room, handles.size()); i++) {
            NativeMemory.putLong(array + 8L * i, handles.get(i));
        }
    }

    /** Leaves one parameter's place where it is wanted; 1 for an index past the last. */
    static int putParameter(List<PtxParam> params, long index, long offset, long size) {
        if (index < 0 || index >= params.size()) {
            return CudaResult.INVALID_VALUE;
        }
        PtxParam param = params.get((int) index);
        if (offset != 0) {
            NativeMemory.putLong(offset, param.offset());
        }
        if (size != 0) {
            NativeMemory.putLong(size, param.size());
        }
        return CudaResult.SUCCESS;
    }

    /** Succeeds for any image that can be read at all; needs no context. */
    @Override
    default int cuLibraryLoadData(
            long library,
            long code,
            long jitOptions,
            long jitOptionsValues,
            int numJitOptions,
            long libraryOptions,
            long libraryOptionValues,
            int numLibraryOptions) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (library == 0 || code == 0) {
            return CudaResult.INVALID_VALUE;
        }
        JitOptions options = new JitOptions(numJitOptions, jitOptions, jitOptionsValues);
        Library loaded = new Library(machine(), ModuleImage.read(code).withRegisters(options.registersMax()));
        if (options.wantsErrors()) {
            loaded.compile(options); // the buffer is the program's again after this call
        }
        NativeMemory.putLong(library, machine().handles().add(loaded));
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuLibraryUnload(long library) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Library unloaded = machine().handles().remove(library, Library.class);
        if (unloaded == null) {
            return CudaResult.INVALID_HANDLE;
        }
        for (Context context : unloaded.contexts()) {
            machine().timeline().await(context.streams());
        }
        unloaded.unload();
        return CudaResult.SUCCESS;
    }

    /** The library compiled, or what refuses it. */
    private int onLibrary(long handle, ToIntFunction<Library> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Library library = machine().handles().get(handle, Library.class);
        if (library == null) {
            return CudaResult.INVALID_HANDLE;
        }
        int refusal = library.compile();
        return refusal == CudaResult.SUCCESS ? call.applyAsInt(library) : refusal;
    }

    @Override
    default int cuLibraryGetKernel(long pKernel, long library, long name) {
        return onLibrary(library, found -> {
            if (pKernel == 0 || name == 0) {
                return CudaResult.INVALID_VALUE;
            }
            long kernel = found.kernel(NativeMemory.getString(name));
            if (kernel == 0) {
                return CudaResult.NOT_FOUND;
            }
            NativeMemory.putLong(pKernel, kernel);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuLibraryGetKernelCount(long count, long lib) {
        return onLibrary(lib, library -> {
            NativeMemory.putInt(count, library.kernels().size());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuLibraryEnumerateKernels(long kernels, int numKernels, long lib) {
        return onLibrary(lib, library -> {
            putHandles(kernels, numKernels, library.kernels());
            return CudaResult.SUCCESS;
        });
    }

    /** The library's module in the current context, or what refuses it. */
    private int onModuleOf(long library, ToIntFunction<LoadedModule> call) {
        return inContext(context -> onLibrary(library, found -> {
            LoadedModule module = found.module(context);
            return module == null ? CudaResult.OUT_OF_MEMORY : call.applyAsInt(module);
        }));
    }

    @Override
    default int cuLibraryGetModule(long pMod, long library) {
        return onModuleOf(library, module -> {
            NativeMemory.putLong(pMod, module.handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuLibraryGetGlobal(long dptr, long bytes, long library, long name) {
        return onModuleOf(library, module -> putVariable(dptr, bytes, module.variable(NativeMemory.getString(name))));
    }

    /** Managed memory is not built: no library has such a variable. */
    @Override
    default int cuLibraryGetManaged(long dptr, long bytes, long library, long name) {
        return onLibrary(library, found -> CudaResult.NOT_FOUND);
    }

    private int onKernel(long handle, ToIntFunction<Kernel> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Kernel kernel = machine().handles().get(handle, Kernel.class);
        return kernel == null ? CudaResult.INVALID_HANDLE : call.applyAsInt(kernel);
    }

    @Override
    default int cuKernelGetFunction(long pFunc, long kernel) {
        return inContext(context -> onKernel(kernel, found -> {
            LoadedModule module = found.library().module(context);
            if (module == null) {
                return CudaResult.OUT_OF_MEMORY;
            }
            NativeMemory.putLong(pFunc, module.function(found.described().name()));
            return CudaResult.SUCCESS;
        }));
    }

    @Override
    default int cuKernelGetLibrary(long pLib, long kernel) {
        return onKernel(kernel, found -> {
            long handle = machine().handles().find(found.library());
            NativeMemory.putLong(pLib, handle);
            return handle == 0 ? CudaResult.INVALID_HANDLE : CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuKernelGetName(long name, long hfunc) {
        return onKernel(hfunc, kernel -> {
            NativeMemory.putLong(name, kernel.name().address());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuKernelGetParamInfo(long kernel, long paramIndex, long paramOffset, long paramSize) {
        return inContext(context -> onKernel(
                kernel, found -> putParameter(found.described().params(), paramIndex, paramOffset, paramSize)));
    }

    @Override
    default int cuKernelGetAttribute(long pi, int attrib, long kernel, int dev) {
        return onDevice(
                dev,
                device -> onKernel(kernel, found -> {
                    Integer value = Function.attribute(found.described(), found.settings(device), attrib);
                    if (value == null) {
                        return CudaResult.INVALID_VALUE;
                    }
                    NativeMemory.putInt(pi, value);
                    return CudaResult.SUCCESS;
                }));
    }

    @Override
    default int cuKernelSetAttribute(int attrib, int val, long kernel, int dev) {
        return onDevice(
                dev,
                device -> onKernel(
                        kernel,
                        found -> Function.setAttribute(found.described(), found.settings(device), attrib, val)));
    }

    @Override
    default int cuKernelSetCacheConfig(long kernel, int config, int dev) {
        return onDevice(
                dev,
                device -> onKernel(
                        kernel, found -> config >= 0 && config <= 3 ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE));
    }
}
