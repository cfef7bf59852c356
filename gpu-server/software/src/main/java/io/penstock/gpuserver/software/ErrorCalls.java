package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;

/** The names and texts of results; they work before anything is initialised. */
interface ErrorCalls extends DriverCalls {
    private static int put(long pStr, long text) {
        if (pStr == 0) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putLong(pStr, text);
        return text == 0 ? CudaResult.INVALID_VALUE : CudaResult.SUCCESS;
    }

    @Override
    default int cuGetErrorName(int error, long pStr) {
        return put(pStr, ResultTexts.name(error));
    }

    @Override
    default int cuGetErrorString(int error, long pStr) {
        return put(pStr, ResultTexts.text(error));
    }

    @Override
    default int cuProfilerStart() {
        return inContext(context -> CudaResult.SUCCESS);
    }

    @Override
    default int cuProfilerStop() {
        return inContext(context -> CudaResult.SUCCESS);
    }
}
