package io.penstock.gpuserver.session;

import io.penstock.gpuserver.driver.CudaDriver;
import java.util.List;

/** Loads the driver of a session, at assignment and not before: only then is the client's environment known. */
@FunctionalInterface
public interface DriverFactory {
    /**
     * A driver whose device N is the lease's GPU N, before {@code cuInit}.
     *
     * @param environment the client's CUDA_* variables, {@code NAME=value}
     * @param output where text that kernels print goes, until the process ends
     */
    CudaDriver open(List<String> environment, ProgramOutput output);

    /**
     * Everything that the driver has printed by now is on its way to the program when this returns. A driver that writes
     * to its output itself has nothing left to do. Any thread, often.
     */
    default void flushOutput() {}
}
