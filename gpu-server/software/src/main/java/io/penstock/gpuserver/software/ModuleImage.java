package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program gave to be loaded, reduced to PTX.
 *
 * @param result 0, or the CUresult that refuses the image
 * @param reason what is wrong with it, for the error log; empty when nothing is
 * @param ptx the texts to be linked into one module; empty unless the result is 0
 * @param registersMax how many registers a thread may have; 0 leaves it to the compiler
 */
record ModuleImage(int result, String reason, List<String> ptx, int registersMax) {
    /** Between the parts of what cuLinkComplete made; PTX takes it for a comment. */
    static final String PART = "// Penstock link: next part\n";

    /** Begins what cuLinkComplete made under a limit of registers, the limit behind it; a comment too. */
    static final String REGISTERS = "// Penstock link: registers at most ";

    private static final Pattern LIMIT = Pattern.compile(Pattern.quote(REGISTERS) + "(\\d{1,9})\n");

    private static final int ELF = 0x464C457F;
    private static final int WRAPPER = 0x466243B1;
    private static final int WRAPPER_VERSION_LINKED = 2;

    /** Reads the image at an address, whatever its form says it is. */
    static ModuleImage read(long address) {
        int magic = NativeMemory.getInt(address);
        if (magic == WRAPPER) {
            return readWrapper(address);
        }
        if (magic == Fatbin.MAGIC) {
            return Fatbin.read(address);
        }
        if (magic == ELF) {
            return refused(CudaResult.NO_BINARY_FOR_GPU, "machine code for NVIDIA hardware, without PTX");
        }
        byte first = NativeMemory.getByte(address);
        boolean text = first == '.' || first == '/' || Character.isWhitespace(first);
        if (!text) {
            return refused(CudaResult.INVALID_IMAGE, "neither a fatbin nor ELF nor PTX");
        }
        return ofText(NativeMemory.getString(address));
    }

    /** One text, or several that {@link #PART} joins. */
    static ModuleImage ofText(String text) {
        return ofTexts(List.of(text.split(Pattern.quote(PART), -1))).withRegisters(registers(text));
    }

    static ModuleImage ofTexts(List<String> ptx) {
        return new ModuleImage(CudaResult.SUCCESS, "", ptx, 0);
    }

    /** The same under a limit that a program gave; 0 changes nothing. */
    ModuleImage withRegisters(int most) {
        return most == 0 ? this : new ModuleImage(result, reason, ptx, most);
    }

    private static int registers(String text) {
        Matcher limit = LIMIT.matcher(text);
        return limit.lookingAt() ? Integer.parseInt(limit.group(1)) : 0;
    }

    static ModuleImage refused(int result, String reason) {
        return new ModuleImage(result, reason, List.of(), 0);
    }

    /** Magic, version, pointer to the fatbin, pointer to a list of fatbins linked before (version 2). */
    private static ModuleImage readWrapper(long address) {
        boolean linked = NativeMemory.getInt(address + 4) == WRAPPER_VERSION_LINKED;
        long list = NativeMemory.getLong(address + 16);
        long fatbin = linked && list != 0 ? NativeMemory.getLong(list) : NativeMemory.getLong(address + 8);
        if (fatbin == 0 || NativeMemory.getInt(fatbin) != Fatbin.MAGIC) {
            return refused(CudaResult.INVALID_IMAGE, "a fatbin wrapper without a fatbin");
        }
        return Fatbin.read(fatbin);
    }
}
