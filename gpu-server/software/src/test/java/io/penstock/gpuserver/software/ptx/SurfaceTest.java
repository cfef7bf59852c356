package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loads from and stores to surfaces, within them and beyond. */
final class SurfaceTest {
    private final Sampled sampled = new Sampled();
    private final MemorySegment memory = sampled.device.ints(1, 2, 3, 4, 5, 6, 7, 8);

    @AfterEach
    void close() {
        sampled.close();
    }

    private long surface(int width, int height, int depth) {
        return sampled.device.surface(Sampled.texels(memory, width, height, depth, TexelFormat.Channel.SIGNED32, 1));
    }

    @Test
    void firstCoordinateCountsBytesAndTheOthersRowsAndSlices() {
        assertThat(sampled.first(surface(8, 1, 1), "suld.b.1d.b32.trap {%d0}, [%rd1, {%c0}];", 1, 0, 4, 28))
                .containsExactly(1, 2, 8);
        assertThat(sampled.first(surface(4, 2, 1), "suld.b.2d.b32.trap {%d0}, [%rd1, {%c0, %c1}];", 2, 8, 0, 8, 1))
                .containsExactly(3, 7);
        assertThat(sampled.first(
                        surface(2, 2, 2), "suld.b.3d.b32.trap {%d0}, [%rd1, {%c0, %c1, %c2, %c2}];", 3, 4, 0, 1))
                .containsExactly(6);
    }

    @Test
    void layerIsTheFirstCoordinate() {
        long layers = sampled.device.surface(
                Sampled.layers(Sampled.texels(memory, 2, 2, 2, TexelFormat.Channel.SIGNED32, 1)));
        assertThat(sampled.first(
                        layers, "suld.b.a2d.b32.trap {%d0}, [%rd1, {%c0, %c1, %c2, %c2}];", 3, 1, 4, 0, 9, 4, 0))
                .containsExactly(6, 6);
        long rows = sampled.device.surface(
                Sampled.layers(Sampled.texels(memory, 4, 1, 2, TexelFormat.Channel.SIGNED32, 1)));
        assertThat(sampled.first(rows, "suld.b.a1d.b32.trap {%d0}, [%rd1, {%c0, %c1}];", 2, 1, 4))
                .containsExactly(6);
    }

    @Test
    void everyWidthIsLoadedAsTheBytesLie() {
        memory.set(ValueLayout.JAVA_INT, 0, 0x8182_8384);
        long row = surface(8, 1, 1);
        String bytes = "suld.b.1d.b8.trap {%h0}, [%rd1, {%c0}]; cvt.u32.u16 %d0, %h0;";
        assertThat(sampled.first(row, bytes, 1, 0, 3)).containsExactly(0x84, 0x81);
        String halves = "suld.b.1d.b16.trap {%h0}, [%rd1, {%c0}]; cvt.u32.u16 %d0, %h0;";
        assertThat(sampled.first(row, halves, 1, 2)).containsExactly(0x8182);
        String longs = "suld.b.1d.b64.trap {%w0}, [%rd1, {%c0}]; mov.b64 {%d0, %d1}, %w0;";
        assertThat(sampled.run(row, longs, 1, 8)[0]).startsWith(3, 4);
        String four = "suld.b.1d.v4.b32.trap {%d0, %d1, %d2, %d3}, [%rd1, {%c0}];";
        assertThat(sampled.run(row, four, 1, 16)[0]).containsExactly(5, 6, 7, 8);
    }

    @Test
    void loadBeyondTheSurfaceGivesNoughtOrTheNearestPlace() {
        long sheet = surface(4, 2, 1);
        assertThat(sampled.first(sheet, "suld.b.2d.b32.zero {%d0}, [%rd1, {%c0, %c1}];", 2, -4, 0, 16, 0, 0, 2, 12, 1))
                .containsExactly(0, 0, 0, 8);
        assertThat(sampled.first(
                        sheet, "suld.b.2d.b32.clamp {%d0}, [%rd1, {%c0, %c1}];", 2, -4, 0, 16, 0, 0, 2, 99, 99))
                .containsExactly(1, 4, 5, 8);
        String pair = "suld.b.2d.v2.b32.clamp {%d0, %d1}, [%rd1, {%c0, %c1}];";
        assertThat(sampled.run(sheet, pair, 2, 16, 0)[0]).startsWith(3, 4);
    }

    @Test
    void storeBeyondTheSurfaceDoesNothingOrGoesToTheNearestPlace() {
        long sheet = surface(4, 2, 1);
        sampled.first(sheet, "sust.b.2d.b32.zero [%rd1, {%c0, %c1}], {%c2};", 3, 16, 0, 50, 4, 0, 51, 0, -1, 52);
        assertThat(memory.toArray(ValueLayout.JAVA_INT)).containsExactly(1, 51, 3, 4, 5, 6, 7, 8);
        sampled.first(sheet, "sust.b.2d.b32.clamp [%rd1, {%c0, %c1}], {%c2};", 3, 16, 0, 60, -4, 9, 61);
        assertThat(memory.toArray(ValueLayout.JAVA_INT)).containsExactly(1, 51, 3, 60, 61, 6, 7, 8);
        String byteWide = "cvt.u16.u32 %h0, %c1; sust.b.1d.b8.trap [%rd1, {%c0}], {%h0};";
        sampled.first(surface(8, 1, 1), byteWide, 2, 1, 0x1ff);
        assertThat(memory.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0xff01);
    }

    @Test
    void whatNoLoadReadsStaysNought() {
        long sheet = surface(4, 2, 1);
        String storeThenLoad =
                "sust.b.2d.b32.zero [%rd1, {%c0, %c1}], {%c2}; suld.b.2d.b32.zero {%d0}, [%rd1, {%c0, %c1}];";
        assertThat(sampled.first(sheet, storeThenLoad, 3, 16, 0, 50)).containsExactly(0);
    }

    @Test
    void accessBeyondTheSurfaceMayEndTheLaunch() {
        long sheet = surface(4, 2, 1);
        assertThatThrownBy(() -> sampled.first(sheet, "suld.b.2d.b32.trap {%d0}, [%rd1, {%c0, %c1}];", 2, 13, 0))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.TRAP))
                .hasMessageContaining("(13,0,0) lie beyond the surface");
        assertThatThrownBy(() -> sampled.first(sheet, "suld.b.2d.b32.trap {%d0}, [%rd1, {%c0, %c1}];", 2, 2, 0))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.MISALIGNED_ADDRESS));
        assertThatThrownBy(() -> sampled.first(sheet + 1, "suld.b.2d.b32.trap {%d0}, [%rd1, {%c0, %c1}];", 2, 0, 0))
                .hasMessageContaining("is no surface object");
    }
}
