package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.ProtocolException;
import org.junit.jupiter.api.Test;

/** A handle is somebody's object, the right kind and the right life of it, or it is invalid. */
final class HandleTableTest {
    private static final long SEVENTH = 3L << 32 | 7;

    private final HandleTable table = new HandleTable(new HandleTable.StreamResolver() {
        @Override
        public long perThread() {
            return 0x99;
        }

        @Override
        public void used(long stream) {}
    });

    @Test
    void aStaleGenerationAnotherKindAndAnInventedIndexAreInvalid() {
        table.bind(HandleKind.EVENT, SEVENTH, 0xAB);
        assertThat(table.nativeOf(HandleKind.EVENT, SEVENTH)).isEqualTo(0xAB);
        assertThat(table.nativeOf(HandleKind.EVENT, 2L << 32 | 7)).isEqualTo(HandleTable.INVALID);
        assertThat(table.nativeOf(HandleKind.MODULE, SEVENTH)).isEqualTo(HandleTable.INVALID);
        assertThat(table.nativeOf(HandleKind.EVENT, 3L << 32 | 1_000_000)).isEqualTo(HandleTable.INVALID);
        table.drop(HandleKind.EVENT, SEVENTH);
        assertThat(table.nativeOf(HandleKind.EVENT, SEVENTH)).isEqualTo(HandleTable.INVALID);
    }

    @Test
    void nullIsNullAndStreamsThatAreNumbersAreThemselves() {
        assertThat(table.nativeOf(HandleKind.GRAPH, 0)).isZero();
        assertThat(table.nativeOf(HandleKind.STREAM, 0)).isZero();
        assertThat(table.nativeOf(HandleKind.STREAM, 1)).isEqualTo(1);
        assertThat(table.nativeOf(HandleKind.STREAM, 2)).isEqualTo(0x99);
    }

    @Test
    void aKernelMayStandWhereAFunctionIsAskedFor() {
        table.bind(HandleKind.KERNEL, SEVENTH, 0xCD);
        assertThat(table.nativeOf(HandleKind.FUNCTION, SEVENTH)).isEqualTo(0xCD);
    }

    @Test
    void whatTheServerMakesHasTheHighestIndexBitAndKeepsItsHandle() {
        long wire = table.wireOf(HandleKind.GRAPHNODE, 0x1234);
        assertThat(wire & 0x8000_0000L).isNotZero();
        assertThat(table.wireOf(HandleKind.GRAPHNODE, 0x1234)).isEqualTo(wire);
        assertThat(table.nativeOf(HandleKind.GRAPHNODE, wire)).isEqualTo(0x1234);
        assertThat(table.wireOf(HandleKind.GRAPHNODE, 0)).isZero();
    }

    @Test
    void aLiveIndexIsNotGivenToAnotherObject() {
        table.bind(HandleKind.EVENT, SEVENTH, 1);
        assertThatThrownBy(() -> table.bind(HandleKind.STREAM, 4L << 32 | 7, 2))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("handle index 7");
        assertThatThrownBy(() -> table.bind(HandleKind.EVENT, 1L << 32 | 0x7FFF_FFFF, 2))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void whatIsOwnedEndsWithItsOwner() {
        long library = 1L << 32 | 1;
        long kernel = 1L << 32 | 2;
        long function = 1L << 32 | 3;
        table.bind(HandleKind.LIBRARY, library, 0x10);
        table.bind(HandleKind.KERNEL, kernel, 0x20, library);
        table.bind(HandleKind.FUNCTION, function, 0x30, kernel);
        table.dropOwned(library);
        assertThat(table.nativeOf(HandleKind.KERNEL, kernel)).isEqualTo(HandleTable.INVALID);
        assertThat(table.nativeOf(HandleKind.FUNCTION, function)).isEqualTo(HandleTable.INVALID);
        assertThat(table.known(HandleKind.FUNCTION, 0x30))
                .as("another function may lie there")
                .isZero();
        table.bind(HandleKind.EVENT, 2L << 32 | 2, 0x40);
        assertThat(table.nativeOf(HandleKind.EVENT, 2L << 32 | 2)).isEqualTo(0x40);
    }

    @Test
    void whatTheDriverReturnsAndTheClientMadeKeepsTheClientsHandle() {
        table.bind(HandleKind.EVENT, SEVENTH, 0xAB);
        assertThat(table.wireOf(HandleKind.EVENT, 0xAB)).isEqualTo(SEVENTH);
        assertThat(table.known(HandleKind.EVENT, 0xAB)).isEqualTo(SEVENTH);
        assertThat(table.known(HandleKind.FUNCTION, 0xAB)).isZero();
    }

    @Test
    void theIndexOfAnEndedObjectIsUsedAgainInAnotherLife() {
        long first = table.wireOf(HandleKind.GRAPHNODE, 0x1234);
        table.forget(HandleKind.GRAPHNODE, 0x1234);
        assertThat(table.nativeOf(HandleKind.GRAPHNODE, first)).isEqualTo(HandleTable.INVALID);
        long second = table.wireOf(HandleKind.GRAPHNODE, 0x1234);
        assertThat((int) second).isEqualTo((int) first);
        assertThat(second).isNotEqualTo(first);
        table.drop(HandleKind.GRAPHNODE, first);
        assertThat(table.nativeOf(HandleKind.GRAPHNODE, second))
                .as("a stale drop")
                .isEqualTo(0x1234);
    }
}
