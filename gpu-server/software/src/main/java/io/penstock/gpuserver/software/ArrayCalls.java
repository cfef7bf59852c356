package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.protocol.codec.CudaResult;
import java.util.function.ToIntFunction;

/** Arrays of one to three dimensions and of layers. Those with mipmaps, faces of cubes and sparse ones are not supported. */
interface ArrayCalls extends DriverCalls {
    private int create(long pHandle, ArrayDescriptor descriptor) {
        return inContext(context -> {
            int refusal = descriptor.refusal();
            if (refusal == CudaResult.SUCCESS) {
                refusal = machine().captures().refuseUnsafe(machine().thread());
            }
            TexelFormat format = descriptor.texel();
            if (refusal != CudaResult.SUCCESS || format == null) {
                return refusal;
            }
            Block block = machine().allocate(context, CudaArray.bytes(descriptor, format), Block.Kind.ARRAY, null);
            if (block == null) {
                return CudaResult.OUT_OF_MEMORY;
            }
            NativeMemory.putLong(pHandle, machine().handles().add(CudaArray.in(block, descriptor, format)));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuArrayCreate_v2(long pHandle, long pAllocateArray) {
        return pHandle == 0 || pAllocateArray == 0
                ? CudaResult.INVALID_VALUE
                : create(pHandle, ArrayDescriptor.of2D(pAllocateArray));
    }

    @Override
    default int cuArray3DCreate_v2(long pHandle, long pAllocateArray) {
        return pHandle == 0 || pAllocateArray == 0
                ? CudaResult.INVALID_VALUE
                : create(pHandle, ArrayDescriptor.of3D(pAllocateArray));
    }

    private int onArray(long handle, ToIntFunction<CudaArray> call) {
        return inContext(context -> {
            CudaArray array = machine().array(handle);
            return array == null ? CudaResult.INVALID_HANDLE : call.applyAsInt(array);
        });
    }

    @Override
    default int cuArrayGetDescriptor_v2(long pArrayDescriptor, long hArray) {
        return onArray(hArray, array -> {
            if (pArrayDescriptor == 0) {
                return CudaResult.INVALID_VALUE;
            }
            array.descriptor().write2D(pArrayDescriptor);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuArray3DGetDescriptor_v2(long pArrayDescriptor, long hArray) {
        return onArray(hArray, array -> {
            if (pArrayDescriptor == 0) {
                return CudaResult.INVALID_VALUE;
            }
            array.descriptor().write3D(pArrayDescriptor);
            return CudaResult.SUCCESS;
        });
    }

    /** Waits for the device, as cuMemFree does. */
    @Override
    default int cuArrayDestroy(long hArray) {
        return inContext(context -> {
            CudaArray array = machine().array(hArray);
            if (array == null) {
                return CudaResult.INVALID_HANDLE;
            }
            int refusal = machine().captures().refuseUnsafe(machine().thread());
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            machine().timeline().await(context.streams());
            if (context.fault() != 0) {
                return context.fault();
            }
            boolean gone = machine().handles().remove(hArray, CudaArray.class) != null
                    && machine().freeBlock(array.block().base());
            return gone ? CudaResult.SUCCESS : CudaResult.INVALID_HANDLE;
        });
    }
}
