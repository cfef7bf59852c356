package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several texts of a link define one name ("Linking Directives" of the PTX ISA). */
final class WeakSymbolTest {
    private static final String HEAD = ".version 7.0\n.target sm_80\n.address_size 64\n";

    private static final String KERNEL = HEAD + """
            .extern .global .b32 value;
            .extern .func (.param .b32 out) answer();
            .visible .entry k(.param .u64 out) {
              .reg .b32 %r<3>; .reg .b64 %rd<2>;
              ld.param.u64 %rd1, [out];
              ld.global.u32 %r1, [value];
              { .param .b32 got; call.uni (got), answer; ld.param.b32 %r2, [got]; }
              st.global.v2.u32 [%rd1], {%r1, %r2};
              ret;
            }
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private static String defining(String linkage, int number) {
        return HEAD + linkage + " .global .b32 value = " + number + ";\n" + linkage
                + " .func (.param .b32 out) answer() { .reg .b32 %r1; mov.u32 %r1, " + number
                + "; st.param.b32 [out], %r1; ret; }\n";
    }

    private int[] answers(String... texts) throws PtxException {
        MemorySegment out = device.ints(0, 0);
        device.launch(TestDevice.kernel(device.load(texts), "k"), LaunchShape.of(1, 1), out);
        return out.toArray(ValueLayout.JAVA_INT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStrongDefinitionCountsWhereverItStands(boolean weakFirst) throws PtxException {
        String weak = defining(".weak", 1);
        String strong = defining(".visible", 2);
        assertThat(answers(KERNEL, weakFirst ? weak : strong, weakFirst ? strong : weak))
                .containsExactly(2, 2);
    }

    @Test
    void theFirstOfSeveralWeakOnesCounts() throws PtxException {
        assertThat(answers(KERNEL, defining(".weak", 3), defining(".weak", 4))).containsExactly(3, 3);
    }

    @Test
    void twoStrongOnesAreOneTooMany() {
        assertThatThrownBy(() -> answers(KERNEL, defining(".visible", 1), defining(".visible", 2)))
                .isInstanceOf(PtxException.class)
                .hasMessageContaining("a second definition of value");
    }
}
