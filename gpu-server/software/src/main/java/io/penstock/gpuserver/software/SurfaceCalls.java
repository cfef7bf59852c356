package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;

/** Surface objects over arrays that were made for it. */
interface SurfaceCalls extends DriverCalls {
    @Override
    default int cuSurfObjectCreate(long pSurfObject, long pResDesc) {
        return inContext(context -> {
            if (pSurfObject == 0 || pResDesc == 0) {
                return CudaResult.INVALID_VALUE;
            }
            ResourceDescriptor resource = ResourceDescriptor.of(pResDesc, machine());
            CudaArray array = resource.array();
            if (array == null) {
                return resource.result() == CudaResult.SUCCESS ? CudaResult.INVALID_VALUE : resource.result();
            }
            if ((array.descriptor().flags() & ArrayDescriptor.SURFACE) == 0) {
                return CudaResult.INVALID_VALUE;
            }
            byte[] descriptor = NativeMemory.getBytes(pResDesc, Layouts.CUDA_RESOURCE_DESC.BYTES);
            NativeMemory.putLong(
                    pSurfObject, machine().handles().add(new SurfaceObject(context, array.texels(), descriptor)));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuSurfObjectDestroy(long surfObject) {
        return inContext(context -> {
            SurfaceObject object = machine().handles().get(surfObject, SurfaceObject.class);
            boolean ours = object != null && object.context() == context;
            return ours && machine().handles().remove(surfObject, SurfaceObject.class) != null
                    ? CudaResult.SUCCESS
                    : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuSurfObjectGetResourceDesc(long pResDesc, long surfObject) {
        return inContext(context -> {
            SurfaceObject object = machine().handles().get(surfObject, SurfaceObject.class);
            if (pResDesc == 0 || object == null) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putBytes(pResDesc, object.resource());
            return CudaResult.SUCCESS;
        });
    }
}
