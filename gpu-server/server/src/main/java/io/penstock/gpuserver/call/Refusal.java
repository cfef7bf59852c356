package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;

/** Why the driver refuses what the worker asks of it on a program's behalf and the program did not. */
final class Refusal {
    private Refusal() {}

    /**
     * The CUresult that the program is told. A context in which a kernel has failed refuses new events and pinned memory as
     * invalid (201), which says nothing to somebody who asked for neither: a query of the stream says how the kernel failed.
     *
     * @param stream of the current context, on which the program's call was to work
     * @param refused what the driver said to the worker
     */
    static int reason(CudaDriver driver, long stream, int refused) {
        int failure = driver.cuStreamQuery(stream);
        return failure == CudaResult.SUCCESS || failure == CudaResult.NOT_READY ? refused : failure;
    }
}
