package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.function.ToIntFunction;

/** Modules: an image compiled for the current context, its functions and its variables. */
interface ModuleCalls extends DriverCalls {
    private int load(long module, long image, JitOptions options) {
        return inContext(context -> {
            if (module == 0 || image == 0) {
                return CudaResult.INVALID_VALUE;
            }
            Compilation compiled = Compilation.of(ModuleImage.read(image).withRegisters(options.registersMax()));
            if (compiled.module() == null) {
                options.refused(compiled, machine().output());
                return compiled.result();
            }
            options.info("");
            LoadedModule loaded = LoadedModule.load(
                    context, compiled.module(), kernel -> new KernelSettings(kernel.staticSharedBytes()));
            if (loaded == null) {
                return CudaResult.OUT_OF_MEMORY;
            }
            NativeMemory.putLong(module, loaded.handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuModuleLoadData(long module, long image) {
        return load(module, image, JitOptions.NONE);
    }

    @Override
    default int cuModuleLoadDataEx(long module, long image, int numOptions, long options, long optionValues) {
        return load(module, image, new JitOptions(numOptions, options, optionValues));
    }

    @Override
    default int cuModuleLoadFatBinary(long module, long fatCubin) {
        return load(module, fatCubin, JitOptions.NONE);
    }

    private int onModule(long handle, ToIntFunction<LoadedModule> call) {
        return inContext(context -> {
            LoadedModule module = machine().handles().get(handle, LoadedModule.class);
            return module == null ? CudaResult.INVALID_HANDLE : call.applyAsInt(module);
        });
    }

    @Override
    default int cuModuleUnload(long hmod) {
        LoadedModule module = machine().handles().get(hmod, LoadedModule.class);
        return inContextOf(module == null ? null : module.context(), context -> {
            if (module == null) {
                return CudaResult.INVALID_HANDLE;
            }
            machine().timeline().await(module.context().streams());
            module.unload();
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuModuleGetFunction(long hfunc, long hmod, long name) {
        return onModule(hmod, module -> {
            if (hfunc == 0 || name == 0) {
                return CudaResult.INVALID_VALUE;
            }
            long function = module.function(NativeMemory.getString(name));
            if (function == 0) {
                return CudaResult.NOT_FOUND;
            }
            NativeMemory.putLong(hfunc, function);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuModuleGetGlobal_v2(long dptr, long bytes, long hmod, long name) {
        return onModule(
                hmod,
                module -> name == 0
                        ? CudaResult.INVALID_VALUE
                        : LibraryCalls.putVariable(dptr, bytes, module.variable(NativeMemory.getString(name))));
    }

    @Override
    default int cuModuleGetFunctionCount(long count, long mod) {
        return onModule(mod, module -> {
            NativeMemory.putInt(count, module.functions().size());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuModuleEnumerateFunctions(long functions, int numFunctions, long mod) {
        return onModule(mod, module -> {
            LibraryCalls.putHandles(functions, numFunctions, module.functions());
            return CudaResult.SUCCESS;
        });
    }

    /** Textures are not built: no module has a reference to one. */
    @Override
    default int cuModuleGetTexRef(long pTexRef, long hmod, long name) {
        return onModule(hmod, module -> CudaResult.NOT_FOUND);
    }

    @Override
    default int cuModuleGetSurfRef(long pSurfRef, long hmod, long name) {
        return onModule(hmod, module -> CudaResult.NOT_FOUND);
    }

    @Override
    default int cuLinkCreate_v2(int numOptions, long options, long optionValues, long stateOut) {
        return inContext(context -> {
            if (stateOut == 0) {
                return CudaResult.INVALID_VALUE;
            }
            Link link = new Link(
                    new JitOptions(numOptions, options, optionValues), machine().output());
            NativeMemory.putLong(stateOut, machine().handles().add(link));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuLinkAddData_v2(
            long state, int type, long data, long size, long name, int numOptions, long options, long optionValues) {
        return onLink(state, link -> {
            if (data == 0 || size <= 0) {
                return CudaResult.INVALID_VALUE;
            }
            return link.add(type, data, size);
        });
    }

    @Override
    default int cuLinkComplete(long state, long cubinOut, long sizeOut) {
        return onLink(state, link -> {
            int result = link.complete();
            if (result == CudaResult.SUCCESS) {
                NativeMemory.putLong(cubinOut, link.imageAddress());
                if (sizeOut != 0) {
                    NativeMemory.putLong(sizeOut, link.imageBytes());
                }
            }
            return result;
        });
    }

    @Override
    default int cuLinkDestroy(long state) {
        return onLink(state, link -> {
            machine().handles().remove(state, Link.class);
            return CudaResult.SUCCESS;
        });
    }

    private int onLink(long state, ToIntFunction<Link> call) {
        return inContext(context -> {
            Link link = machine().handles().get(state, Link.class);
            return link == null ? CudaResult.INVALID_HANDLE : call.applyAsInt(link);
        });
    }
}
