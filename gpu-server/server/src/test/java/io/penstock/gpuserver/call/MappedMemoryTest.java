package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The client's pinned memory on the server, with a software GPU that uses it. */
final class MappedMemoryTest extends SoftwareSession {
    /** In the range where the client puts such memory. */
    private static final long AT = 0x3000_0000_0000L;

    private int map(long address, long bytes) {
        Reader outs =
                call(CallNumbers.cuMemHostRegister_v2, in -> in.putU64(address).putU64(bytes));
        if (result == CudaResult.SUCCESS) {
            assertThat(outs.readU64()).isEqualTo(address);
        }
        return result;
    }

    private void unmap(long address) {
        call(CallNumbers.cuMemHostUnregister, in -> in.putU64(address));
        assertThat(result).isIn(CudaResult.SUCCESS, CallDispatcher.DEFERRED);
    }

    private void came(Consumer<Writer> frame) {
        MemorySegment body = arena.allocate(1 << 12, 8);
        Writer writer = new Writer(body);
        frame.accept(writer);
        context.mapped().take(new Reader(body.asSlice(0, writer.finish())));
    }

    private void wrote(long address, long word) {
        came(frame -> frame.putU64(address).putU64(8).putU64(word).putU64(0xff));
    }

    @Test
    void theGpuReadsWhatTheProgramWroteAndTheProgramGetsWhatTheGpuWrote() {
        assertThat(map(AT, 100)).isZero();
        wrote(AT + 8, 0x1122334455667788L);
        long device = room(8);
        assertThat(driver.cuMemAlloc_v2(device, 64)).isZero();
        assertThat(driver.cuMemcpyDtoD_v2(NativeMemory.getLong(device), AT + 8, 8))
                .isZero();
        assertThat(driver.cuMemcpyDtoD_v2(AT + 40, NativeMemory.getLong(device), 8))
                .isZero();
        assertThat(driver.cuMemsetD8_v2(AT + 97, (byte) 9, 1)).isZero();
        assertThat(driver.cuCtxSynchronize()).isZero();
        context.mapped().send();
        assertThat(sent).hasSize(2).allMatch(frame -> frame.type() == FrameType.MAPPED);
        Reader copied = sent.get(0).body();
        assertThat(copied.readU64()).isEqualTo(AT + 40);
        assertThat(copied.readU64()).isEqualTo(8);
        assertThat(copied.readU64()).isEqualTo(0x1122334455667788L);
        assertThat(copied.readU64()).isEqualTo(0xff);
        Reader filled = sent.get(1).body();
        assertThat(filled.readU64()).isEqualTo(AT + 97);
        assertThat(filled.readU64()).isEqualTo(1);
        context.mapped().send();
        assertThat(sent).as("what is known does not go again, nor what came").hasSize(2);
        unmap(AT);
    }

    @Test
    void bytesThatTheClientDidNotChangeStay() {
        assertThat(map(AT + 3, 50)).isZero();
        NativeMemory.putLong(AT + 3, -1);
        came(frame -> frame.putU64(AT + 3).putU64(8).putU64(0).putU64(0x0f));
        assertThat(NativeMemory.getLong(AT + 3)).isEqualTo(0xffff_ffff_0000_0000L);
        unmap(AT + 3);
    }

    @Test
    void anAddressThatTheServerUsesIsSaidToBeTaken() {
        long mine = LibC.mmap(
                AT, 4096, LibC.PROT_READ, LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_FIXED_NOREPLACE, -1, 0);
        assertThat(mine).isEqualTo(AT);
        assertThat(map(AT + 100, 8)).isEqualTo(CudaResult.ALREADY_MAPPED);
        LibC.munmap(AT, 4096);
        assertThat(map(AT + 100, 8)).isZero();
        assertThat(map(AT + 200, 8)).as("the same page").isEqualTo(CudaResult.ALREADY_MAPPED);
        unmap(AT + 100);
        assertThat(map(AT + 200, 8)).as("an address is used again").isZero();
        assertThat(NativeMemory.getLong(AT + 200)).isZero();
        unmap(AT + 200);
    }

    @Test
    void moreThanTheLimitsIsRefused() {
        assertThat(map(AT, Limits.MAPPED_BLOCK_BYTES_MAX + 1L)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(map(0, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(map(-8, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(map(AT, -1)).isEqualTo(CudaResult.INVALID_VALUE);
        int most = Limits.MAPPED_BYTES_MAX / Limits.MAPPED_BLOCK_BYTES_MAX;
        for (int i = 0; i < most; i++) {
            assertThat(map(AT + (long) i * Limits.MAPPED_BLOCK_BYTES_MAX, Limits.MAPPED_BLOCK_BYTES_MAX))
                    .isZero();
        }
        assertThat(map(AT - 4096, 1)).isEqualTo(CudaResult.OUT_OF_MEMORY);
        for (int i = 0; i < most; i++) {
            unmap(AT + (long) i * Limits.MAPPED_BLOCK_BYTES_MAX);
        }
        assertThat(map(AT - 4096, 1)).isZero();
        unmap(AT - 4096);
    }

    @Test
    void aClientThatWritesOutsideItsBlocksBreaksTheProtocol() {
        assertThat(map(AT, 16)).isZero();
        for (long[] range : new long[][] {
            {AT - 1, 8},
            {AT + 9, 8},
            {AT + 16, 0x100},
            {AT, Long.MAX_VALUE},
            {AT, -1},
            {AT + 8, Long.MIN_VALUE},
            {-1, 8}
        }) {
            assertThatThrownBy(() -> came(frame ->
                            frame.putU64(range[0]).putU64(range[1]).putU64(0).putU64(0)))
                    .as(Long.toHexString(range[0]) + ", " + range[1])
                    .isInstanceOf(ProtocolException.class)
                    .hasMessageContaining("no mapped memory");
        }
        assertThatThrownBy(() -> came(frame -> frame.putU64(AT).putU64(16).putU64(0)))
                .isInstanceOf(ProtocolException.class);
        unmap(AT);
        assertThatThrownBy(() -> wrote(AT, 1)).isInstanceOf(ProtocolException.class);
        assertThat(context.mapped().end(AT, release -> 0)).isEqualTo(CudaResult.INVALID_VALUE);
    }
}
