package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import io.penstock.gpuserver.software.ptx.Texels;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Turns the coordinates of {@code suld} and {@code sust} into native addresses, as {@link Addresses} does for other memory.
 *
 * <p>The PTX ISA, Surface Instructions: the first coordinate counts bytes, the others rows and slices; a layer is clamped to
 * those there are. What an access beyond the surface does is the instruction's own choice.
 */
public final class Surfaces {
    private Surfaces() {}

    /** What becomes of an access beyond the surface. */
    public enum Beyond {
        /** The grid ends with an error. */
        TRAP,
        /** The nearest place in the surface is meant. */
        CLAMP,
        /** A load gives 0 and a store does nothing. */
        ZERO
    }

    /**
     * Fills the warp's addresses for an access of {@code bytes}.
     *
     * @param store whether the access writes
     */
    @SuppressWarnings("checkstyle:parameternumber") // what an instruction says, pushed by generated code
    public static void locate(
            Warp warp,
            int mask,
            long[] objects,
            int[][] coordinates,
            Geometry geometry,
            int bytes,
            Beyond beyond,
            boolean store,
            int site) {
        @Nullable Texels surface = null;
        long object = 0;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            if (surface == null || objects[lane] != object) {
                object = objects[lane];
                surface = find(warp, lane, object);
            }
            long x = geometry.place(0, coordinates, lane);
            long y = geometry.place(1, coordinates, lane);
            long z = geometry.place(2, coordinates, lane);
            boolean inside = inside(surface, x, y, z, bytes);
            if (!inside && beyond == Beyond.TRAP) {
                throw warp.fault(
                        PtxFault.Kind.TRAP,
                        lane,
                        bytes + " bytes at (" + x + "," + y + "," + z + ") lie beyond the surface");
            }
            long slice = geometry.layered()
                    ? geometry.layer(coordinates, lane, surface.layers())
                    : Math.clamp(z, 0, surface.depth() - 1);
            boolean somewhere = inside || (beyond == Beyond.CLAMP && rowBytes(surface) >= bytes);
            warp.raw[lane] = somewhere
                    ? Addresses.checkGlobal(warp, lane, address(surface, x, y, slice, bytes), bytes, site)
                    : warp.block().nowhere(store);
        }
    }

    private static Texels find(Warp warp, int lane, long object) {
        Texels surface = warp.block().launch().context().surface(object);
        if (surface == null) {
            throw warp.fault(
                    PtxFault.Kind.ILLEGAL_ADDRESS,
                    lane,
                    String.format(Locale.ROOT, "0x%x is no surface object of this context", object));
        }
        return surface;
    }

    private static long rowBytes(Texels surface) {
        return (long) surface.width() * surface.format().bytes();
    }

    private static boolean inside(Texels surface, long x, long y, long z, int bytes) {
        boolean row = x >= 0 && x <= rowBytes(surface) - bytes;
        return row && y >= 0 && y < surface.height() && z >= 0 && z < surface.depth();
    }

    /** The place itself, or the nearest one in the surface. */
    private static long address(Texels surface, long x, long y, long slice, int bytes) {
        long row = Math.clamp(y, 0, surface.height() - 1);
        return surface.address()
                + slice * surface.sliceBytes()
                + row * surface.rowBytes()
                + Math.clamp(x, 0L, rowBytes(surface) - bytes);
    }
}
