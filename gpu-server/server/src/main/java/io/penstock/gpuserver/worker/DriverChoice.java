package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.device.SoftwareInventory;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.JnaCudaDriver;
import io.penstock.gpuserver.session.DriverFactory;
import io.penstock.gpuserver.session.ProgramOutput;
import io.penstock.gpuserver.software.SoftwareConfig;
import io.penstock.gpuserver.software.SoftwareCudaDriver;
import io.penstock.protocol.identity.LeasedGpu;
import io.penstock.protocol.link.Spin;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which driver a server's workers load, as their command line says it. */
sealed interface DriverChoice {
    Logger log = LoggerFactory.getLogger(DriverChoice.class);

    /** The software GPU. */
    record Software(int devices, long memoryBytes, String server) implements DriverChoice {
        @Override
        public DriverFactory factory(List<LeasedGpu> gpus) {
            List<Integer> slots =
                    gpus.stream().map(LeasedGpu::uuid).map(this::slotOf).toList();
            return (environment, output) -> open(slots, output);
        }

        private CudaDriver open(List<Integer> slots, ProgramOutput output) {
            return new SoftwareCudaDriver(new SoftwareConfig(slots, memoryBytes, server, output.out(), output.err()));
        }

        private int slotOf(String uuid) {
            for (int slot = 0; slot < devices; slot++) {
                if (SoftwareInventory.uuid(server, slot).equals(uuid)) {
                    return slot;
                }
            }
            throw new IllegalArgumentException(
                    "the lease names " + uuid + ", which is none of this server's " + devices + " software GPUs");
        }
    }

    /** The genuine driver, or whatever answers to its name. */
    final class Nvidia implements DriverChoice {
        private final String library;
        private @Nullable CudaDriver bound;

        Nvidia(String library) {
            this.library = library;
        }

        @Override
        public void prepare() {
            try {
                bind();
            } catch (UnsatisfiedLinkError absent) {
                log.warn("{}: {}; it is tried again for a client", library, absent.getMessage());
            }
        }

        @Override
        public boolean rehearses() {
            return Spin.hasCoresToSpare();
        }

        @Override
        public DriverFactory factory(List<LeasedGpu> gpus) {
            return new NvidiaDriver(this::bind, gpus);
        }

        /** Loading the library and binding its symbols takes longer than most calls; the driver reads nothing yet. */
        private synchronized CudaDriver bind() {
            CudaDriver now = bound;
            if (now == null) {
                now = JnaCudaDriver.open(library);
                bound = now;
            }
            return now;
        }
    }

    /** Does what needs no client: run before the worker is assigned. */
    default void prepare() {}

    /** Whether a worker of it rehearses before its client comes: one that runs kernels itself has other things to compile. */
    default boolean rehearses() {
        return false;
    }

    /** How to open the driver for these GPUs, in this order. */
    DriverFactory factory(List<LeasedGpu> gpus);

    /** Reads a worker's arguments. */
    static DriverChoice parse(String... args) {
        if (args.length == 4 && args[0].equals("software")) {
            return new Software(Integer.parseInt(args[1]), Long.parseLong(args[2]), args[3]);
        }
        if (args.length == 2 && args[0].equals("nvidia")) {
            return new Nvidia(args[1]);
        }
        throw new IllegalArgumentException(
                "a worker is started with 'software <devices> <bytes> <server>' or 'nvidia <library>'");
    }
}
