package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What programs ask of functions: the attributes by which libraries choose their launches. */
final class FunctionCallsTest {
    private static final int SHARED_BYTES = 1;
    private static final int CONSTANT_BYTES = 2;
    private static final int REGISTERS = 4;
    private static final int PTX_VERSION = 5;
    private static final int BINARY_VERSION = 6;
    private static final int INPUT_PTX = 1;
    private static final int MAX_REGISTERS = 0;
    private static final String HEAD = ".version 7.0\n.target sm_80\n.address_size 64\n";
    /** Sums of numbers that are all alive at once, so that many registers are. */
    private static final String GREEDY = greedy("");

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private long option;
    private long value;

    private static String greedy(String directive) {
        int numbers = 60;
        StringBuilder body = new StringBuilder(".reg .b64 %rd<2>; .reg .b32 %r<" + (numbers + 1) + ">;\n");
        body.append("ld.param.u64 %rd1, [p];\n");
        for (int i = 0; i < numbers; i++) {
            body.append("ld.volatile.global.u32 %r" + i + ", [%rd1+" + 4 * i + "];\n");
        }
        for (int i = 1; i < numbers; i++) {
            body.append("add.u32 %r0, %r0, %r" + i + ";\n");
        }
        body.append("st.global.u32 [%rd1], %r0; ret;");
        return HEAD + ".visible .entry k(.param .u64 p) " + directive + " {\n" + body + "}\n";
    }

    @BeforeEach
    void describeOptions() {
        option = program.ints(MAX_REGISTERS);
        value = program.room(8);
        NativeMemory.putLong(value, 38);
    }

    @AfterEach
    void end() {
        program.close();
    }

    private int attribute(int attribute, long module) {
        return attribute(attribute, module, "k");
    }

    private int attribute(int attribute, long module, String kernel) {
        long function = program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text(kernel)));
        return program.intFrom(at -> cuda.cuFuncGetAttribute(at, attribute, function));
    }

    private long load(String ptx) {
        return program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(ptx)));
    }

    @Test
    void aKernelHasRoomForTheSharedVariablesThatItNames() {
        String kernel =
                ".visible .entry %s() { .reg .b32 %%r; ld.shared.u32 %%r, [%s]; st.shared.u32 [%s+4], %%r; ret; }\n";
        long module =
                load(HEAD + ".shared .align 4 .b8 a[96];\n.shared .align 4 .b8 b[32];\n.shared .align 4 .b8 c[64];\n"
                        + String.format(kernel, "k", "a", "a")
                        + String.format(kernel, "both", "a", "b")
                        + ".visible .entry none() { ret; }\n");
        assertThat(attribute(SHARED_BYTES, module)).isEqualTo(96);
        assertThat(attribute(SHARED_BYTES, module, "both")).isEqualTo(128);
        assertThat(attribute(SHARED_BYTES, module, "none")).isZero();
    }

    @Test
    void aSharedVariableThatAFunctionNamesIsInEveryKernelsRoom() {
        long module = load(HEAD + ".shared .align 4 .b8 a[96];\n"
                + ".func f() { .reg .b32 %r; ld.shared.u32 %r, [a]; st.shared.u32 [a+4], %r; ret; }\n"
                + ".visible .entry k() { call f; ret; }\n");
        assertThat(attribute(SHARED_BYTES, module)).isEqualTo(96);
    }

    @Test
    void constantBytesAreThoseOfAllVariablesOfTheModule() {
        String variables = ".const .align 1 .b8 a[3];\n.const .align 8 .b8 b[16];\n.global .align 4 .b8 c[100];\n";
        String entry = ".visible .entry k() { ret; }\n";
        assertThat(attribute(CONSTANT_BYTES, load(HEAD + variables + entry))).isEqualTo(24);
        assertThat(attribute(CONSTANT_BYTES, load(HEAD + entry))).isZero();
    }

    /** CUB chooses by it how many threads a kernel was compiled for. */
    @Test
    void thePtxVersionIsWhatTheTextWasMadeFor() {
        long older = load(HEAD.replace("sm_80", "sm_75") + ".visible .entry k() { ret; }\n");
        assertThat(attribute(PTX_VERSION, older)).isEqualTo(75);
        assertThat(attribute(BINARY_VERSION, older)).isEqualTo(80);
    }

    @Test
    void aProgramMayLimitTheRegistersOfAThread() {
        assertThat(attribute(REGISTERS, load(GREEDY))).isGreaterThan(57);
        long module = program.longFrom(at -> cuda.cuModuleLoadDataEx(at, program.text(GREEDY), 1, option, value));
        assertThat(attribute(REGISTERS, module)).isEqualTo(38);
    }

    @Test
    void aKernelsOwnLimitOfRegistersComesFirst() {
        String limited = greedy(".maxnreg 48");
        assertThat(attribute(REGISTERS, load(limited))).isEqualTo(48);
        long module = program.longFrom(at -> cuda.cuModuleLoadDataEx(at, program.text(limited), 1, option, value));
        assertThat(attribute(REGISTERS, module)).isEqualTo(48);
    }

    @Test
    void aLinkKeepsItsLimitOfRegistersInWhatItMakes() {
        long link = program.longFrom(at -> cuda.cuLinkCreate_v2(1, option, value, at));
        NativeMemory.putLong(value, 1);
        ok(cuda.cuLinkAddData_v2(link, INPUT_PTX, program.text(GREEDY), GREEDY.length() + 1L, 0, 0, 0, 0));
        long cubin = program.longFrom(at -> cuda.cuLinkComplete(link, at, program.room(8)));
        long module = program.longFrom(at -> cuda.cuModuleLoadData(at, cubin));
        assertThat(attribute(REGISTERS, module)).isEqualTo(38);
    }

    @Test
    void aDirectiveNeedsNoBlankBeforeItsType() {
        load(HEAD
                + ".visible .entry k(.param.u64 p) {.reg.b16 h; .reg.b32 r; mov.b32 r, 0; cvt.u16.u32 h, r; ret; }\n");
    }
}
