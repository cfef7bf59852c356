package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The linker over the wire, on a software GPU: its logs, and how long its memory lives. */
final class LinkExecutorsTest extends SoftwareSession {
    private static final long LINK = 1L << 32 | 5;
    private static final int PTX = 1;
    private static final int ERROR_LOG_BYTES = 6;

    private void create(long link) {
        call(
                CallNumbers.cuLinkCreate_v2,
                body -> body.putHandle(link)
                        .putU64(1)
                        .putU32(ERROR_LOG_BYTES)
                        .putU32(0)
                        .putU64(4096));
        assertThat(result).isZero();
    }

    private Reader add(long link, String ptx) {
        byte[] bytes = (ptx + '\0').getBytes(StandardCharsets.UTF_8);
        return call(CallNumbers.cuLinkAddData_v2, body -> {
            body.putHandle(link).putU32(PTX).putU32(0).putString("k.ptx");
            body.putU64(bytes.length).putU64(0).putBlock(MemorySegment.ofArray(bytes));
            body.putU64(0);
        });
    }

    private Reader complete(long link) {
        return call(
                CallNumbers.cuLinkComplete,
                body -> body.putHandle(link).putU64(0).putU64(0));
    }

    private void destroy(long link) {
        call(CallNumbers.cuLinkDestroy, body -> body.putHandle(link));
    }

    @Test
    void whatIsWrongWithALinkIsReadFromTheLogThatItBeganWith() {
        create(LINK);
        add(LINK, ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k() { nonsense; }\n");
        assertThat(result).isZero();
        Reader told = complete(LINK);
        assertThat(result).isEqualTo(CudaResult.INVALID_PTX);
        assertThat(told.readBytes().byteSize()).as("image").isZero();
        assertThat(told.readString()).as("info log").isEmpty();
        assertThat(told.readString()).as("error log").contains("nonsense");
    }

    @Test
    void memoryOfAStateEndsWithItHoweverManyThereWere() {
        for (long link = LINK; link < LINK + 100; link++) {
            create(link);
            add(link, ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k() { ret; }\n");
            assertThat(complete(link).readBytes().byteSize()).isPositive();
            destroy(link);
            assertThat(result).isZero();
            assertThat(context.handles().nativeOf(HandleKind.LINK, link)).isEqualTo(HandleTable.INVALID);
        }
        assertThat(executors.links().size()).isZero();
    }

    @Test
    void aStateThatIsGoneIsAnInvalidHandle() {
        create(LINK);
        destroy(LINK);
        for (long gone : new long[] {LINK, 0, LINK + 1}) {
            add(gone, "");
            assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
            complete(gone);
            assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
            destroy(gone);
            assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
        }
    }

    @Test
    void statesThatTheProgramLeavesEndWithTheSession() {
        create(LINK);
        create(LINK + 1);
        assertThat(executors.links().size()).isEqualTo(2);
        executors.close();
        assertThat(executors.links().size()).isZero();
    }
}
