package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.PtxKernel;
import java.util.ArrayList;
import java.util.List;

/** A kernel of a library, of no context yet (CUkernel). Any thread. */
final class Kernel {
    private final Library library;
    private final PtxKernel described;
    private final List<KernelSettings> settings = new ArrayList<>();
    private final NativeText name;

    Kernel(Library library, PtxKernel described, int devices) {
        this.library = library;
        this.described = described;
        this.name = new NativeText(described.name());
        for (int device = 0; device < devices; device++) {
            settings.add(new KernelSettings(described.staticSharedBytes()));
        }
    }

    Library library() {
        return library;
    }

    /** What the image says of the kernel; not for launching. */
    PtxKernel described() {
        return described;
    }

    KernelSettings settings(Device device) {
        return settings.get(device.ordinal());
    }

    NativeText name() {
        return name;
    }
}
