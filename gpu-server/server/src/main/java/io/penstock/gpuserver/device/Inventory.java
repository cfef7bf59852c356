package io.penstock.gpuserver.device;

import java.util.List;

/** The GPUs of this server as they are now. Any thread; may take milliseconds. */
public interface Inventory {
    /** Every GPU, by index. */
    List<Gpu> look();

    /** The CUDA version the driver offers, as {@code cuDriverGetVersion} counts. */
    int driverVersion();

    /** The driver's own version, for people. */
    String driverText();
}
