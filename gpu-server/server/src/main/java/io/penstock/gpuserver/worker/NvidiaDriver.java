package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.session.DriverFactory;
import io.penstock.gpuserver.session.ProgramOutput;
import io.penstock.protocol.identity.LeasedGpu;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Opens the genuine driver in this process: its environment is the client's, and what it prints is the program's. */
final class NvidiaDriver implements DriverFactory {
    /**
     * What a client may say of the driver's ways. Nothing that names a file or a library: the driver would load or write
     * it here, as the server's user ({@code CUDA_INJECTION64_PATH}, {@code CUDA_COREDUMP_FILE}, {@code CUDA_LOG_FILE},
     * {@code CUDA_CACHE_PATH}). Which devices there are, and their order, is the lease's affair.
     */
    private static final Set<String> PASSED_ON = Set.of(
            "CUDA_AUTO_BOOST",
            "CUDA_CACHE_DISABLE",
            "CUDA_DEVICE_DEFAULT_PERSISTING_L2_CACHE_PERCENTAGE_LIMIT",
            "CUDA_DEVICE_MAX_CONNECTIONS",
            "CUDA_DEVICE_MAX_COPY_CONNECTIONS",
            "CUDA_DISABLE_JIT",
            "CUDA_DISABLE_PTX_JIT",
            "CUDA_FORCE_JIT",
            "CUDA_FORCE_PTX_JIT",
            "CUDA_GRAPHS_USE_NODE_PRIORITY",
            "CUDA_LAUNCH_BLOCKING",
            "CUDA_MODULE_DATA_LOADING",
            "CUDA_MODULE_LOADING",
            "CUDA_SCALE_LAUNCH_QUEUES");

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

    /** Whether this {@code NAME=value} of a client may become a variable of this process. */
    static boolean isPassedOn(String entry) {
        int equals = entry.indexOf('=');
        return equals > 0 && PASSED_ON.contains(entry.substring(0, equals));
    }

    @Override
    public CudaDriver open(List<String> environment, ProgramOutput program) {
        for (String entry : environment) {
            if (isPassedOn(entry)) {
                int equals = entry.indexOf('=');
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
