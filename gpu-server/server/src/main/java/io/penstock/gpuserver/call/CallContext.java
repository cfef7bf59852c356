package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;

/** What a call may use while it runs: the driver and the session's state. Executor thread only. */
public interface CallContext {
    CudaDriver driver();

    HandleTable handles();
}
