package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One cuLink state: PTX collected to become one image.
 *
 * <p>The image is the PTX itself, its parts behind a comment line each, so that every loader call knows it again. Guarded
 * by itself.
 */
final class Link {
    private static final int INPUT_CUBIN = 0;
    private static final int INPUT_PTX = 1;
    private static final int INPUT_FATBINARY = 2;

    private final JitOptions options;
    private final DeviceOutput output;
    private final int registersMax;

    // guarded by this
    private final List<String> parts = new ArrayList<>();
    private @Nullable NativeText image;

    Link(JitOptions options, DeviceOutput output) {
        this.options = options;
        this.output = output;
        // what the program has there is its own again after this call; the log buffers alone are not
        this.registersMax = options.registersMax();
    }

    /** Adds PTX, a fatbin with PTX in it, or an image that another link made (which its caller believes a cubin). */
    synchronized int add(int type, long data, long bytes) {
        ModuleImage added;
        if (type == INPUT_PTX) {
            String text = new String(
                    NativeMemory.getBytes(data, (int) Math.min(bytes, Fatbin.PTX_BYTES_MAX)), StandardCharsets.UTF_8);
            int end = text.indexOf('\0');
            added = ModuleImage.ofText(end < 0 ? text : text.substring(0, end));
        } else if (type == INPUT_FATBINARY || type == INPUT_CUBIN) {
            added = ModuleImage.read(data);
        } else {
            added = ModuleImage.refused(CudaResult.INVALID_IMAGE, "input type " + type + " cannot be linked");
        }
        if (added.result() != CudaResult.SUCCESS) {
            options.error(added.reason());
            return added.result();
        }
        parts.addAll(added.ptx());
        return CudaResult.SUCCESS;
    }

    /** Compiles all parts together, to say now what is wrong with them. */
    synchronized int complete() {
        Compilation compiled = Compilation.of(ModuleImage.ofTexts(parts).withRegisters(registersMax));
        if (compiled.result() != CudaResult.SUCCESS) {
            options.refused(compiled, output);
            return compiled.result();
        }
        options.info("");
        String first = registersMax == 0 ? "//" : ModuleImage.REGISTERS + registersMax;
        image = new NativeText(first + "\n" + String.join("\n" + ModuleImage.PART, parts));
        return CudaResult.SUCCESS;
    }

    synchronized long imageAddress() {
        return image == null ? 0 : image.address();
    }

    /** With the final NUL. */
    synchronized long imageBytes() {
        return image == null ? 0 : image.bytes().byteSize();
    }
}
