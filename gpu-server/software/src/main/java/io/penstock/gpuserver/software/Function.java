package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.PtxKernel;
import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A kernel of a loaded module: what can be launched in one context (CUfunction). Any thread. */
final class Function {
    static final int ATTRIBUTES = 16;
    static final int ATTRIBUTE_MAX_DYNAMIC_SHARED = 8;
    static final int ATTRIBUTE_CARVEOUT = 9;

    private static final int ATTRIBUTE_MAX_THREADS = 0;
    private static final int ATTRIBUTE_STATIC_SHARED = 1;
    private static final int ATTRIBUTE_CONSTANT = 2;
    private static final int ATTRIBUTE_LOCAL = 3;
    private static final int ATTRIBUTE_REGISTERS = 4;
    private static final int ATTRIBUTE_PTX_VERSION = 5;
    private static final int ATTRIBUTE_BINARY_VERSION = 6;
    private static final int ATTRIBUTE_CLUSTER_FIRST = 10;
    private static final int ARCHITECTURE = 80;

    private final LoadedModule module;
    private final PtxKernel kernel;
    private final KernelSettings settings;
    private final NativeText name;

    Function(LoadedModule module, PtxKernel kernel, KernelSettings settings) {
        this.module = module;
        this.kernel = kernel;
        this.settings = settings;
        this.name = new NativeText(kernel.name());
    }

    LoadedModule module() {
        return module;
    }

    PtxKernel kernel() {
        return kernel;
    }

    KernelSettings settings() {
        return settings;
    }

    NativeText name() {
        return name;
    }

    /** Bytes from the parameter block's start to the last parameter's end. */
    int parameterBytes() {
        List<PtxParam> params = kernel.params();
        return params.isEmpty()
                ? 0
                : params.getLast().offset() + params.getLast().size();
    }

    @Nullable
    Integer attribute(int attribute) {
        return attribute(kernel, settings, attribute);
    }

    /** The value of a CUfunction_attribute, or null when CUDA 13.0 has no such attribute. */
    static @Nullable Integer attribute(PtxKernel kernel, KernelSettings settings, int attribute) {
        return switch (attribute) {
            case ATTRIBUTE_MAX_THREADS -> kernel.maxThreadsPerBlock();
            case ATTRIBUTE_STATIC_SHARED -> kernel.staticSharedBytes();
            case ATTRIBUTE_CONSTANT -> kernel.constantBytes();
            case ATTRIBUTE_LOCAL -> kernel.localBytesPerThread();
            case ATTRIBUTE_REGISTERS -> kernel.registersPerThread();
            case ATTRIBUTE_PTX_VERSION -> kernel.target();
            case ATTRIBUTE_BINARY_VERSION -> ARCHITECTURE;
            case ATTRIBUTE_MAX_DYNAMIC_SHARED -> settings.maxDynamicSharedBytes();
            case ATTRIBUTE_CARVEOUT -> settings.carveoutPercent();
            default -> attribute >= 0 && attribute < ATTRIBUTES ? Integer.valueOf(0) : null;
        };
    }

    /** Sets one of the attributes that can be set, or answers the refusal. */
    static int setAttribute(PtxKernel kernel, KernelSettings settings, int attribute, int value) {
        if (attribute == ATTRIBUTE_MAX_DYNAMIC_SHARED) {
            int most = DeviceAttributes.limit(DeviceAttributes.MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
            if (value < 0 || value > most - kernel.staticSharedBytes()) {
                return CudaResult.INVALID_VALUE;
            }
            settings.setMaxDynamicSharedBytes(value);
            return CudaResult.SUCCESS;
        }
        if (attribute == ATTRIBUTE_CARVEOUT) {
            if (value < -1 || value > 100) {
                return CudaResult.INVALID_VALUE;
            }
            settings.setCarveoutPercent(value);
            return CudaResult.SUCCESS;
        }
        boolean cluster = attribute >= ATTRIBUTE_CLUSTER_FIRST && attribute < ATTRIBUTES;
        return cluster && value == 0 ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
    }
}
