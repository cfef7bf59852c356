package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LibraryCallsTest {
    private final CudaProgram program = CudaProgram.loaded(2);
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    private long library(String image) {
        return program.longFrom(at -> cuda.cuLibraryLoadData(at, program.text(image), 0, 0, 0, 0, 0, 0));
    }

    private void enter(int device) {
        ok(cuda.cuCtxSetCurrent(program.longFrom(at -> cuda.cuDevicePrimaryCtxRetain(at, device))));
    }

    private long kernel(long library, String name) {
        return program.longFrom(at -> cuda.cuLibraryGetKernel(at, library, program.text(name)));
    }

    @Test
    void garbageLoadsAndFailsAtItsFirstUse() {
        ok(cuda.cuInit(0));
        long garbage = library("garbage");
        assertThat(cuda.cuLibraryGetKernel(program.room(8), garbage, program.text("k")))
                .isEqualTo(CudaResult.INVALID_IMAGE);
        long elf = library("\u007fELF");
        assertThat(cuda.cuLibraryGetKernelCount(program.room(8), elf)).isEqualTo(CudaResult.NO_BINARY_FOR_GPU);
        ok(cuda.cuLibraryUnload(garbage));
        assertThat(cuda.cuLibraryUnload(garbage)).isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void withoutAContextKernelsAreKnownButNothingIsLoaded() {
        ok(cuda.cuInit(0));
        long library = library(CudaProgram.KERNELS);
        long count = kernel(library, "count");
        assertThat(program.intFrom(at -> cuda.cuLibraryGetKernelCount(at, library)))
                .isEqualTo(7);
        assertThat(program.intFrom(at -> cuda.cuKernelGetAttribute(at, 0, count, 1)))
                .isEqualTo(1024);
        assertThat(cuda.cuLibraryGetKernel(program.room(8), library, program.text("none")))
                .isEqualTo(CudaResult.NOT_FOUND);
        long at = program.room(16);
        assertThat(cuda.cuKernelGetParamInfo(count, 0, at, at)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuKernelGetFunction(at, count)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuLibraryGetModule(at, library)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuLibraryGetGlobal(at, at, library, program.text("counter")))
                .isEqualTo(CudaResult.INVALID_CONTEXT);
    }

    @Test
    void aKernelIsLaunchedByItsOwnHandleInEachContextWithVariablesOfItsOwn() {
        ok(cuda.cuInit(0));
        long library = library(CudaProgram.KERNELS);
        long count = kernel(library, "count");
        for (int device = 0; device < 2; device++) {
            enter(device);
            ok(cuda.cuLaunchKernel(count, device + 1, 1, 1, 1, 1, 1, 0, 0, 0, 0));
            long counter = program.longFrom(at -> cuda.cuLibraryGetGlobal(at, 0, library, program.text("counter")));
            assertThat(program.intsAt(counter, 1)).containsExactly(device + 1);
        }
        long function = program.longFrom(at -> cuda.cuKernelGetFunction(at, count));
        ok(cuda.cuLaunchKernel(function, 5, 1, 1, 1, 1, 1, 0, 0, 0, 0));
        long module = program.longFrom(at -> cuda.cuLibraryGetModule(at, library));
        assertThat(program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text("count"))))
                .isEqualTo(function);
        ok(cuda.cuLibraryUnload(library));
        assertThat(cuda.cuLaunchKernel(count, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0)).isEqualTo(CudaResult.INVALID_HANDLE);
    }

    private int limit(long kernel, int device) {
        return program.intFrom(at -> cuda.cuKernelGetAttribute(at, 8, kernel, device));
    }

    private int limit(long function) {
        return program.intFrom(at -> cuda.cuFuncGetAttribute(at, 8, function));
    }

    /** How many blocks with 60,000 bytes of shared memory fit. */
    private int blocks(long function) {
        return program.intFrom(at -> cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(at, function, 128, 60_000));
    }

    private long functionOf(long kernel) {
        return program.longFrom(at -> cuda.cuKernelGetFunction(at, kernel));
    }

    /** As driver 580 on two H100 has it. */
    @Test
    void whatIsSetOnAKernelHoldsOnThatDeviceForItsFunctionsUntilTheyAreSet() {
        ok(cuda.cuInit(0));
        long reverse = kernel(library(CudaProgram.KERNELS), "rev");
        enter(1);
        long elsewhere = functionOf(reverse);
        enter(0);
        ok(cuda.cuKernelSetAttribute(8, 60_000, reverse, 0));
        long function = functionOf(reverse);
        assertThat(limit(function)).isEqualTo(60_000);
        assertThat(limit(elsewhere)).isEqualTo(48 << 10);
        assertThat(limit(reverse, 1)).isEqualTo(48 << 10);
        assertThat(blocks(function)).isPositive();
        assertThat(blocks(elsewhere)).isZero();
        ok(cuda.cuFuncSetAttribute(function, 8, 50_000));
        ok(cuda.cuKernelSetAttribute(8, 70_000, reverse, 0));
        assertThat(limit(function)).isEqualTo(50_000);
        assertThat(limit(reverse, 0)).isEqualTo(70_000);
        assertThat(cuda.cuKernelSetAttribute(8, 1, reverse, 2)).isEqualTo(CudaResult.INVALID_DEVICE);
    }

    /** As driver 580 has it. */
    @Test
    void aKernelIsNoFunctionExceptForLaunchesAndOccupancy() {
        ok(cuda.cuInit(0));
        enter(0);
        long count = kernel(library(CudaProgram.KERNELS), "count");
        long at = program.room(8);
        assertThat(cuda.cuFuncGetAttribute(at, 8, count)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuFuncSetAttribute(count, 8, 1)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuFuncGetName(at, count)).isEqualTo(CudaResult.INVALID_HANDLE);
        ok(cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(at, count, 128, 0));
        assertThat(NativeMemory.getInt(at)).isPositive();
    }

    private static final String BAD =
            ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry k() { nonsense; }\n";

    /** As a program of the runtime loads its images: with no buffer for a log. */
    @Test
    void whyPtxIsRefusedIsToldOnceOnStandardErrorWhereNobodyAskedForALog() {
        ok(cuda.cuInit(0));
        enter(0);
        for (int i = 0; i < 2; i++) {
            assertThat(cuda.cuModuleLoadData(program.room(8), program.text(BAD)))
                    .isEqualTo(CudaResult.INVALID_PTX);
            assertThat(cuda.cuLibraryGetKernel(program.room(8), library(BAD), program.text("k")))
                    .isEqualTo(CudaResult.INVALID_PTX);
        }
        assertThat(program.errors.toString(StandardCharsets.UTF_8).lines())
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("software GPU: an image is refused: PTX line 4: ")
                .contains("nonsense");
        assertThat(program.output.size()).isZero();
    }

    @Test
    void aLibrarysLogIsFilledWhenItIsLoadedBecauseItsBufferMayBeGoneAtTheFirstUse() {
        ok(cuda.cuInit(0));
        long log = program.room(4096);
        long values = program.room(16);
        NativeMemory.putLong(values, log);
        NativeMemory.putLong(values + 8, 4096);
        ok(cuda.cuLibraryLoadData(program.room(8), program.text(BAD), program.ints(5, 6), values, 2, 0, 0, 0));
        assertThat(NativeMemory.getString(log)).contains("line 4").contains("nonsense");
        assertThat(program.errors.size()).isZero();
    }

    @Test
    void badPtxIsRefusedWith218AndALog() {
        ok(cuda.cuInit(0));
        enter(0);
        String bad = BAD;
        long log = program.room(4096);
        long values = program.room(16);
        NativeMemory.putLong(values, log);
        NativeMemory.putLong(values + 8, 4096);
        assertThat(cuda.cuModuleLoadDataEx(program.room(8), program.text(bad), 2, program.ints(5, 6), values))
                .isEqualTo(CudaResult.INVALID_PTX);
        assertThat(NativeMemory.getString(log)).contains("line 4").contains("nonsense");
        assertThat(NativeMemory.getLong(values + 8))
                .isEqualTo(NativeMemory.getString(log).length());
        assertThat(program.errors.size()).as("who has a log needs no more").isZero();
        assertThat(cuda.cuModuleLoadData(program.room(8), program.text(bad.replace("7.0", "99.0"))))
                .isEqualTo(CudaResult.UNSUPPORTED_PTX_VERSION);
    }

    @Test
    void aLinkOfOnePtxIsLoadedAsAModule() {
        ok(cuda.cuInit(0));
        enter(0);
        long link = program.longFrom(at -> cuda.cuLinkCreate_v2(0, 0, 0, at));
        long ptx = program.text(CudaProgram.KERNELS);
        ok(cuda.cuLinkAddData_v2(link, 1, ptx, CudaProgram.KERNELS.length() + 1L, 0, 0, 0, 0));
        long size = program.room(8);
        long cubin = program.longFrom(at -> cuda.cuLinkComplete(link, at, size));
        long copy = program.room(NativeMemory.getLong(size));
        NativeMemory.copy(cubin, copy, NativeMemory.getLong(size));
        ok(cuda.cuLinkDestroy(link));
        long module = program.longFrom(at -> cuda.cuModuleLoadData(at, copy));
        program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text("count")));
    }
}
