package io.penstock.gpuserver.software;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fatbins are laid out here as nvcc 13 lays them out. */
final class ModuleImageTest {
    private static final String PTX = ".version 7.0\n.target sm_80\n.address_size 64\n".repeat(40);
    private static final int KIND_PTX = 1;
    private static final int KIND_ELF = 2;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void end() {
        arena.close();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(int kind, int architecture, long flags, byte[] payload, int packed, long unpacked) {
        static Entry plain(int kind, int architecture, String text) {
            byte[] bytes = (text + "\0\0\0").getBytes(StandardCharsets.UTF_8);
            return new Entry(kind, architecture, 0x11, bytes, 0, 0);
        }

        static Entry compressed(Compressor compressor, long flag, String text) {
            byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
            byte[] room = new byte[compressor.maxCompressedLength(bytes.length)];
            int packed = compressor.compress(bytes, 0, bytes.length, room, 0, room.length);
            byte[] padded = Arrays.copyOf(room, (packed + 7) & -8);
            return new Entry(KIND_PTX, 80, 0x11 | flag, padded, packed, bytes.length);
        }

        byte[] encoded() {
            ByteBuffer out = ByteBuffer.allocate(64 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
            out.putShort((short) kind).putShort((short) 0x0101).putInt(64).putLong(payload.length);
            out.putInt(packed)
                    .putInt(0)
                    .putInt(0x90000)
                    .putInt(architecture)
                    .putLong(0)
                    .putLong(flags);
            out.putLong(0).putLong(unpacked).put(payload);
            return out.array();
        }
    }

    private long fatbin(Entry... entries) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            body.writeBytes(entry.encoded());
        }
        long at = arena.allocate(16 + body.size(), 16).address();
        NativeMemory.putInt(at, 0xBA55ED50);
        NativeMemory.putShort(at + 4, (short) 1);
        NativeMemory.putShort(at + 6, (short) 16);
        NativeMemory.putLong(at + 8, body.size());
        NativeMemory.putBytes(at + 16, body.toByteArray());
        return at;
    }

    private long text(String text) {
        return arena.allocateFrom(text).address();
    }

    @Test
    void plainTextIsPtx() {
        assertThat(ModuleImage.read(text(PTX)).ptx()).containsExactly(PTX);
        assertThat(ModuleImage.read(text("//\n" + PTX)).ptx()).containsExactly("//\n" + PTX);
    }

    @Test
    void garbageIsAnInvalidImageAndMachineCodeHasNoBinaryForThisDevice() {
        assertThat(ModuleImage.read(text("garbage")).result()).isEqualTo(CudaResult.INVALID_IMAGE);
        assertThat(ModuleImage.read(text("\u007fELF....")).result()).isEqualTo(CudaResult.NO_BINARY_FOR_GPU);
        assertThat(ModuleImage.read(fatbin(Entry.plain(KIND_ELF, 80, "cubin"))).result())
                .isEqualTo(CudaResult.NO_BINARY_FOR_GPU);
    }

    @Test
    void ptxIsFoundPlainLz4AndZstd() {
        assertThat(ModuleImage.read(fatbin(Entry.plain(KIND_ELF, 90, "cubin"), Entry.plain(KIND_PTX, 75, PTX)))
                        .ptx())
                .containsExactly(PTX);
        assertThat(ModuleImage.read(fatbin(Entry.compressed(new Lz4JavaCompressor(), 0x2000, PTX)))
                        .ptx())
                .containsExactly(PTX);
        assertThat(ModuleImage.read(fatbin(Entry.compressed(new ZstdJavaCompressor(), 0x8000, PTX)))
                        .ptx())
                .containsExactly(PTX);
    }

    @Test
    void theHighestArchitectureThatTheDeviceRunsIsChosen() {
        long fatbin = fatbin(
                Entry.plain(KIND_PTX, 50, "// 50"),
                Entry.plain(KIND_PTX, 80, "// 80"),
                Entry.plain(KIND_PTX, 75, "// 75"),
                Entry.plain(KIND_PTX, 90, "// 90"));
        assertThat(ModuleImage.read(fatbin).ptx()).containsExactly("// 80");
        assertThat(ModuleImage.read(fatbin(Entry.plain(KIND_PTX, 90, PTX))).result())
                .isEqualTo(CudaResult.NO_BINARY_FOR_GPU);
    }

    @Test
    void aWrapperLeadsToItsFatbin() {
        long fatbin = fatbin(Entry.plain(KIND_PTX, 80, PTX));
        long wrapper = arena.allocate(24, 8).address();
        NativeMemory.putInt(wrapper, 0x466243B1);
        NativeMemory.putInt(wrapper + 4, 1);
        NativeMemory.putLong(wrapper + 8, fatbin);
        assertThat(ModuleImage.read(wrapper).ptx()).containsExactly(PTX);
        NativeMemory.putLong(wrapper + 8, text("nothing"));
        assertThat(ModuleImage.read(wrapper).result()).isEqualTo(CudaResult.INVALID_IMAGE);
    }

    @Test
    void aFatbinThatLiesAboutItsSizesIsRefusedBeforeAnythingIsAllocated() {
        long tooLarge = fatbin(new Entry(KIND_PTX, 80, 0x8011, new byte[16], 16, 1L << 40));
        assertThat(ModuleImage.read(tooLarge).result()).isEqualTo(CudaResult.INVALID_IMAGE);
        assertThat(ModuleImage.read(tooLarge).reason()).contains("at most");
        long outside = fatbin(Entry.plain(KIND_PTX, 80, PTX));
        NativeMemory.putLong(outside + 16 + 8, 1L << 40);
        assertThat(ModuleImage.read(outside).result()).isEqualTo(CudaResult.INVALID_IMAGE);
        long damaged = fatbin(new Entry(KIND_PTX, 80, 0x8011, new byte[16], 16, 100));
        assertThat(ModuleImage.read(damaged).result()).isEqualTo(CudaResult.INVALID_IMAGE);
        long unknown = fatbin(new Entry(KIND_PTX, 80, 0x11, new byte[16], 16, 100));
        assertThat(ModuleImage.read(unknown).reason()).contains("compression");
    }

    @Test
    void whatALinkMadeFallsApartIntoItsParts() {
        String joined = PTX + "\n" + ModuleImage.PART + "// second";
        assertThat(ModuleImage.read(text(joined)).ptx()).containsExactly(PTX + "\n", "// second");
    }
}
