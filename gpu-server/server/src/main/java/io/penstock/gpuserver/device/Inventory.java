package io.penstock.gpuserver.device;

import java.util.List;
import java.util.Map;

/** The GPUs of this server as they are now. Any thread; may take milliseconds. */
public interface Inventory {
    /** Every GPU, by index. */
    List<Gpu> look();

    /** What a GPU's holder may see of it; of GPUs that are gone, nothing. */
    GpuFacts facts(Gpu gpu);

    /** The CUDA version the driver offers, as {@code cuDriverGetVersion} counts. */
    int driverVersion();

    /** What is known of the driver, by the keys of protocol.md section 4.1; read once. */
    Map<String, String> system();
}
