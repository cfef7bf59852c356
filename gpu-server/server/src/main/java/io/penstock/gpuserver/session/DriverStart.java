package io.penstock.gpuserver.session;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaVariables;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A driver after {@code cuInit}, which reads the variables of its process once and for all.
 *
 * @param variables the CUDA_* variables that it read, {@code NAME=value}
 * @param driver what {@code cuInit} was called on
 * @param result the CUresult of {@code cuInit}
 * @param openMillis how long loading it took
 * @param initMillis how long {@code cuInit} took
 */
record DriverStart(Set<String> variables, CudaDriver driver, int result, long openMillis, long initMillis) {
    /** Opens the driver and initialises it. */
    static DriverStart of(DriverFactory drivers, List<String> environment, ProgramOutput output) {
        long began = System.nanoTime();
        CudaDriver driver = drivers.open(environment, output);
        long opened = System.nanoTime();
        int result = driver.cuInit(0);
        long initialised = System.nanoTime();
        return new DriverStart(
                CudaVariables.of(environment),
                driver,
                result,
                TimeUnit.NANOSECONDS.toMillis(opened - began),
                TimeUnit.NANOSECONDS.toMillis(initialised - opened));
    }

    /** Whether a program of this environment would have started it just so. */
    boolean isFor(List<String> environment) {
        return variables.equals(CudaVariables.of(environment));
    }
}
