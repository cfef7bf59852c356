package io.penstock.gpuserver.software;

import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lz4.Lz4Decompressor;
import io.airlift.compress.v3.zstd.ZstdDecompressor;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Takes the PTX that suits the software GPU out of NVIDIA's fatbin container: plain, LZ4 or zstd. */
final class Fatbin {
    static final int MAGIC = 0xBA55ED50;
    /** Largest PTX that is unpacked; an entry that claims more is refused before anything is allocated. */
    static final long PTX_BYTES_MAX = 256L << 20;

    private static final int KIND_PTX = 1;
    private static final int ENTRY_HEADER_BYTES = 64;
    private static final long FLAG_LZ4 = 0x2000;
    private static final long FLAG_ZSTD = 0x8000;
    private static final int ARCHITECTURE = 80;

    private Fatbin() {}

    /** One entry's header: kind, sizes, architecture and where the payload lies. */
    private record Entry(int kind, int architecture, long flags, long payload, long bytes, long packed, long unpacked) {
        static Entry at(long header) {
            return new Entry(
                    NativeMemory.getShort(header),
                    NativeMemory.getInt(header + 28),
                    NativeMemory.getLong(header + 40),
                    header + Integer.toUnsignedLong(NativeMemory.getInt(header + 4)),
                    NativeMemory.getLong(header + 8),
                    Integer.toUnsignedLong(NativeMemory.getInt(header + 16)),
                    NativeMemory.getLong(header + 56));
        }

        boolean fits(long header, long end) {
            boolean sane = payload >= header + ENTRY_HEADER_BYTES && payload <= end;
            return sane && bytes >= 0 && bytes <= end - payload && packed <= bytes;
        }
    }

    /** The PTX with the highest architecture that compute capability 8.0 may run. */
    static ModuleImage read(long address) {
        int headerBytes = Short.toUnsignedInt(NativeMemory.getShort(address + 6));
        long body = NativeMemory.getLong(address + 8);
        if (headerBytes < 16 || body < 0) {
            return ModuleImage.refused(CudaResult.INVALID_IMAGE, "a fatbin header that contradicts itself");
        }
        long end = address + headerBytes + body;
        Entry best = null;
        long at = address + headerBytes;
        while (at + ENTRY_HEADER_BYTES <= end) {
            Entry entry = Entry.at(at);
            if (!entry.fits(at, end)) {
                return ModuleImage.refused(CudaResult.INVALID_IMAGE, "a fatbin entry larger than its fatbin");
            }
            boolean suits = entry.kind == KIND_PTX && entry.architecture <= ARCHITECTURE;
            if (suits && (best == null || entry.architecture > best.architecture)) {
                best = entry;
            }
            at = entry.payload + entry.bytes;
        }
        if (best == null) {
            return ModuleImage.refused(
                    CudaResult.NO_BINARY_FOR_GPU, "a fatbin without PTX for compute capability 8.0 or less");
        }
        return unpack(best);
    }

    private static ModuleImage unpack(Entry entry) {
        boolean compressed = entry.packed != 0;
        long bytes = compressed ? entry.unpacked : entry.bytes;
        if (bytes <= 0 || bytes > PTX_BYTES_MAX) {
            return ModuleImage.refused(
                    CudaResult.INVALID_IMAGE, "PTX of " + bytes + " bytes; at most " + PTX_BYTES_MAX);
        }
        if (!compressed) {
            return text(NativeMemory.getBytes(entry.payload, (int) bytes), (int) bytes);
        }
        Decompressor decompressor;
        if ((entry.flags & FLAG_ZSTD) != 0) {
            decompressor = ZstdDecompressor.create();
        } else if ((entry.flags & FLAG_LZ4) != 0) {
            decompressor = Lz4Decompressor.create();
        } else {
            return ModuleImage.refused(
                    CudaResult.INVALID_IMAGE, "an unknown compression, flags 0x" + Long.toHexString(entry.flags));
        }
        byte[] packed = NativeMemory.getBytes(entry.payload, (int) entry.packed);
        byte[] unpacked = new byte[(int) bytes];
        try {
            int length = decompressor.decompress(packed, 0, packed.length, unpacked, 0, unpacked.length);
            return text(unpacked, length);
        } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException damaged) {
            return ModuleImage.refused(CudaResult.INVALID_IMAGE, "damaged compressed PTX: " + damaged.getMessage());
        }
    }

    /** PTX in a fatbin is padded with NULs. */
    private static ModuleImage text(byte[] bytes, int length) {
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        String ptx = new String(bytes, 0, end, StandardCharsets.UTF_8);
        return ModuleImage.ofTexts(List.of(ptx));
    }
}
