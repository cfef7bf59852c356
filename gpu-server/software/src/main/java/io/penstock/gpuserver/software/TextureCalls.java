package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.Texels;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Texture objects over arrays and linear memory. */
interface TextureCalls extends DriverCalls {
    @Override
    default int cuTexObjectCreate(long pTexObject, long pResDesc, long pTexDesc, long pResViewDesc) {
        return inContext(context -> {
            if (pTexObject == 0 || pResDesc == 0 || pTexDesc == 0) {
                return CudaResult.INVALID_VALUE;
            }
            ResourceDescriptor resource = ResourceDescriptor.of(pResDesc, machine());
            Texels texels = resource.texels();
            if (texels == null) {
                return resource.result();
            }
            TextureDescriptor descriptor = TextureDescriptor.of(pTexDesc);
            int refusal = descriptor.refusal(resource.type(), texels);
            if (refusal == CudaResult.SUCCESS && pResViewDesc != 0) {
                refusal = refuseView(resource, pResViewDesc);
            }
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            TextureObject object = new TextureObject(
                    context,
                    descriptor.texture(resource.type(), texels),
                    NativeMemory.getBytes(pResDesc, Layouts.CUDA_RESOURCE_DESC.BYTES),
                    NativeMemory.getBytes(pTexDesc, Layouts.CUDA_TEXTURE_DESC.BYTES),
                    pResViewDesc == 0
                            ? null
                            : NativeMemory.getBytes(pResViewDesc, Layouts.CUDA_RESOURCE_VIEW_DESC.BYTES));
            NativeMemory.putLong(pTexObject, machine().handles().add(object));
            return CudaResult.SUCCESS;
        });
    }

    /** A view is for arrays, and here it must show all of the array in its own format. */
    private static int refuseView(ResourceDescriptor resource, long view) {
        CudaArray array = resource.array();
        if (array == null) {
            return CudaResult.INVALID_VALUE;
        }
        ArrayDescriptor whole = array.descriptor();
        boolean same = NativeMemory.getInt(view + Layouts.CUDA_RESOURCE_VIEW_DESC.format) == 0
                && NativeMemory.getLong(view + Layouts.CUDA_RESOURCE_VIEW_DESC.width) == whole.width()
                && NativeMemory.getLong(view + Layouts.CUDA_RESOURCE_VIEW_DESC.height) == whole.height()
                && NativeMemory.getInt(view + Layouts.CUDA_RESOURCE_VIEW_DESC.firstLayer) == 0;
        return same ? CudaResult.SUCCESS : CudaResult.NOT_SUPPORTED;
    }

    @Override
    default int cuTexObjectDestroy(long texObject) {
        return inContext(context -> {
            TextureObject object = machine().handles().get(texObject, TextureObject.class);
            boolean ours = object != null && object.context() == context;
            return ours && machine().handles().remove(texObject, TextureObject.class) != null
                    ? CudaResult.SUCCESS
                    : CudaResult.INVALID_VALUE;
        });
    }

    private int tell(long to, long object, Function<TextureObject, byte @Nullable []> part) {
        return inContext(context -> {
            TextureObject found = machine().handles().get(object, TextureObject.class);
            byte[] bytes = found == null ? null : part.apply(found);
            if (to == 0 || bytes == null) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putBytes(to, bytes);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuTexObjectGetResourceDesc(long pResDesc, long texObject) {
        return tell(pResDesc, texObject, TextureObject::resource);
    }

    @Override
    default int cuTexObjectGetTextureDesc(long pTexDesc, long texObject) {
        return tell(pTexDesc, texObject, TextureObject::description);
    }

    /** A texture that was made without a view has none to tell of. */
    @Override
    default int cuTexObjectGetResourceViewDesc(long pResViewDesc, long texObject) {
        return tell(pResViewDesc, texObject, TextureObject::view);
    }
}
