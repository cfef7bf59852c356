package io.penstock.gpuserver.software;

import io.penstock.protocol.codec.CudaResult;

/** Copies of bytes within an array's first row, which is all there is of an array of one dimension. */
interface ArrayCopyCalls extends CopyCalls {
    private int copy(CopyHalf destination, CopyHalf source, long bytes, long stream, boolean wait) {
        return inContext(context -> {
            CopyShape.Parsed parsed = CopyShape.parse(source, destination, machine(), bytes, 1, 1);
            return parsed.result() == CudaResult.SUCCESS
                    ? copy(parsed.shape(), Direction.UNIFIED, stream, wait)
                    : parsed.result();
        });
    }

    @Override
    default int cuMemcpyHtoA_v2(long dstArray, long dstOffset, long srcHost, long byteCount) {
        CopyHalf source = CopyHalf.flat(srcHost, byteCount);
        return copy(CopyHalf.inArray(dstArray, dstOffset), source, byteCount, 0, true);
    }

    @Override
    default int cuMemcpyAtoH_v2(long dstHost, long srcArray, long srcOffset, long byteCount) {
        CopyHalf destination = CopyHalf.flat(dstHost, byteCount);
        return copy(destination, CopyHalf.inArray(srcArray, srcOffset), byteCount, 0, true);
    }

    @Override
    default int cuMemcpyHtoAAsync_v2(long dstArray, long dstOffset, long srcHost, long byteCount, long hStream) {
        CopyHalf source = CopyHalf.flat(srcHost, byteCount);
        return copy(CopyHalf.inArray(dstArray, dstOffset), source, byteCount, hStream, false);
    }

    @Override
    default int cuMemcpyAtoHAsync_v2(long dstHost, long srcArray, long srcOffset, long byteCount, long hStream) {
        CopyHalf destination = CopyHalf.flat(dstHost, byteCount);
        return copy(destination, CopyHalf.inArray(srcArray, srcOffset), byteCount, hStream, false);
    }

    @Override
    default int cuMemcpyDtoA_v2(long dstArray, long dstOffset, long srcDevice, long byteCount) {
        CopyHalf source = CopyHalf.flat(srcDevice, byteCount);
        return copy(CopyHalf.inArray(dstArray, dstOffset), source, byteCount, 0, true);
    }

    @Override
    default int cuMemcpyAtoD_v2(long dstDevice, long srcArray, long srcOffset, long byteCount) {
        CopyHalf destination = CopyHalf.flat(dstDevice, byteCount);
        return copy(destination, CopyHalf.inArray(srcArray, srcOffset), byteCount, 0, true);
    }

    @Override
    default int cuMemcpyAtoA_v2(long dstArray, long dstOffset, long srcArray, long srcOffset, long byteCount) {
        CopyHalf source = CopyHalf.inArray(srcArray, srcOffset);
        return copy(CopyHalf.inArray(dstArray, dstOffset), source, byteCount, 0, true);
    }
}
