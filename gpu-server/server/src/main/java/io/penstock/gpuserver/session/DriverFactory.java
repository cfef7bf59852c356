package io.penstock.gpuserver.session;

import io.penstock.gpuserver.driver.CudaDriver;
import java.io.OutputStream;
import java.util.List;

/** Loads the driver of a session, at assignment and not before: only then is the client's environment known. */
@FunctionalInterface
public interface DriverFactory {
    /**
     * A driver whose device N is the lease's GPU N, before {@code cuInit}.
     *
     * @param environment the client's CUDA_* variables, {@code NAME=value}
     * @param output where text that kernels print goes
     */
    CudaDriver open(List<String> environment, OutputStream output);
}
