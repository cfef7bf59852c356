package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.session.DriverFactory;
import io.penstock.gpuserver.session.ProgramOutput;
import io.penstock.protocol.identity.LeasedGpu;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Opens the genuine driver in this process: its environment is the client's, and what it prints is the program's. */
final class NvidiaDriver implements DriverFactory {
    private final Supplier<CudaDriver> driver;
    private final List<LeasedGpu> gpus;
    private volatile @Nullable CapturedOutput output;

    /**
     * @param driver the driver with its symbols bound; it reads its environment no sooner than in {@code cuInit}
     */
    NvidiaDriver(Supplier<CudaDriver> driver, List<LeasedGpu> gpus) {
        this.driver = driver;
        this.gpus = List.copyOf(gpus);
    }

    @Override
    public CudaDriver open(List<String> environment, ProgramOutput program) {
        for (String entry : environment) {
            int equals = entry.indexOf('=');
            // which devices there are is the lease's affair, and the order is the lease's
            if (equals > 0 && entry.startsWith("CUDA_") && !entry.startsWith("CUDA_VISIBLE_DEVICES=")) {
                LibC.setenv(entry.substring(0, equals), entry.substring(equals + 1), 1);
            }
        }
        LibC.setenv("CUDA_VISIBLE_DEVICES", gpus.stream().map(LeasedGpu::uuid).collect(Collectors.joining(",")), 1);
        output = CapturedOutput.start(program);
        return driver.get();
    }

    @Override
    public void flushOutput() {
        CapturedOutput captured = output;
        if (captured != null) {
            captured.flush();
        }
    }
}
