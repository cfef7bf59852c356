package io.penstock.gpuserver.software;

import io.penstock.protocol.codec.CudaResult;

/** Memory set to equal elements; none of these waits for the device. */
interface MemsetCalls extends DriverCalls {
    private int set(long hStream, MemsetWork work) {
        return onStream(hStream, stream -> {
            if (!work.valid()) {
                return CudaResult.INVALID_VALUE;
            }
            if (work.span() == 0) {
                return CudaResult.SUCCESS;
            }
            long destination = work.destination();
            if (!machine().isWritableRange(destination, work.span())
                    && !machine().isPinned(destination, work.span())) {
                return CudaResult.INVALID_VALUE;
            }
            return enqueue(stream, work);
        });
    }

    @Override
    default int cuMemsetD8_v2(long dstDevice, int uc, long n) {
        return set(0, new MemsetWork(machine(), dstDevice, 0, uc, 1, n, 1));
    }

    @Override
    default int cuMemsetD16_v2(long dstDevice, int us, long n) {
        return set(0, new MemsetWork(machine(), dstDevice, 0, us, 2, n, 1));
    }

    @Override
    default int cuMemsetD32_v2(long dstDevice, int ui, long n) {
        return set(0, new MemsetWork(machine(), dstDevice, 0, ui, 4, n, 1));
    }

    @Override
    default int cuMemsetD8Async(long dstDevice, int uc, long n, long hStream) {
        return set(hStream, new MemsetWork(machine(), dstDevice, 0, uc, 1, n, 1));
    }

    @Override
    default int cuMemsetD16Async(long dstDevice, int us, long n, long hStream) {
        return set(hStream, new MemsetWork(machine(), dstDevice, 0, us, 2, n, 1));
    }

    @Override
    default int cuMemsetD32Async(long dstDevice, int ui, long n, long hStream) {
        return set(hStream, new MemsetWork(machine(), dstDevice, 0, ui, 4, n, 1));
    }

    @Override
    default int cuMemsetD2D8_v2(long dstDevice, long dstPitch, int uc, long width, long height) {
        return set(0, new MemsetWork(machine(), dstDevice, dstPitch, uc, 1, width, height));
    }

    @Override
    default int cuMemsetD2D16_v2(long dstDevice, long dstPitch, int us, long width, long height) {
        return set(0, new MemsetWork(machine(), dstDevice, dstPitch, us, 2, width, height));
    }

    @Override
    default int cuMemsetD2D32_v2(long dstDevice, long dstPitch, int ui, long width, long height) {
        return set(0, new MemsetWork(machine(), dstDevice, dstPitch, ui, 4, width, height));
    }

    @Override
    default int cuMemsetD2D8Async(long dstDevice, long dstPitch, int uc, long width, long height, long hStream) {
        return set(hStream, new MemsetWork(machine(), dstDevice, dstPitch, uc, 1, width, height));
    }

    @Override
    default int cuMemsetD2D16Async(long dstDevice, long dstPitch, int us, long width, long height, long hStream) {
        return set(hStream, new MemsetWork(machine(), dstDevice, dstPitch, us, 2, width, height));
    }

    @Override
    default int cuMemsetD2D32Async(long dstDevice, long dstPitch, int ui, long width, long height, long hStream) {
        return set(hStream, new MemsetWork(machine(), dstDevice, dstPitch, ui, 4, width, height));
    }
}
