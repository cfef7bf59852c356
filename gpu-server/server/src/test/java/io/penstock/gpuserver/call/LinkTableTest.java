package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.codec.Reader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class LinkTableTest {
    private final LinkTable links = new LinkTable();

    private Arena linked(long state) {
        @SuppressWarnings("MustBeClosedChecker") // by the table: that is what is tested
        Arena memory = Arena.ofConfined();
        MemorySegment noOptions = memory.allocate(8, 8);
        links.add(state, JitOptions.read(new Reader(noOptions), memory), memory);
        return memory;
    }

    @Test
    void memoryOfAStateEndsWithIt() {
        Arena one = linked(1);
        Arena other = linked(2);
        links.remove(1);
        assertThat(one.scope().isAlive()).isFalse();
        assertThat(other.scope().isAlive()).isTrue();
        assertThat(links.optionsOf(1)).isNull();
        assertThat(links.optionsOf(2)).isNotNull();
        links.remove(1);
    }

    @Test
    void memoryOfAllStatesEndsWithTheSession() {
        Arena one = linked(1);
        Arena other = linked(2);
        links.close();
        assertThat(one.scope().isAlive()).isFalse();
        assertThat(other.scope().isAlive()).isFalse();
        assertThat(links.size()).isZero();
    }
}
