package io.penstock.gpuserver.software.ptx.run;

/** {@code tex} for a warp: each lane has an object and coordinates of its own. */
public final class Textures {
    private Textures() {}

    /**
     * Fetches four values a lane.
     *
     * @param to the registers of the results
     * @param coordinates the registers of the coordinates, in the instruction's order
     * @param places whether coordinates are floating numbers; if not, they are the texels' own
     */
    @SuppressWarnings("checkstyle:parameternumber") // what an instruction says, pushed by generated code
    public static void fetch(
            Warp warp,
            int mask,
            int[][] to,
            long[] objects,
            int[][] coordinates,
            Geometry geometry,
            boolean places,
            int site) {
        TextureUnit unit = warp.block().textures();
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            unit.fetch(warp, lane, objects[lane], coordinates, geometry, places, site);
            for (int i = 0; i < to.length; i++) {
                to[i][lane] = unit.result(i);
            }
        }
    }

    /**
     * Reads one component of the four texels that a linear filter would blend, for each lane.
     *
     * @param component 0 to 3
     */
    @SuppressWarnings("checkstyle:parameternumber") // what an instruction says, pushed by generated code
    public static void gather(
            Warp warp,
            int mask,
            int[][] to,
            long[] objects,
            int[][] coordinates,
            Geometry geometry,
            int component,
            int site) {
        TextureUnit unit = warp.block().textures();
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            unit.begin(warp, lane, objects[lane], coordinates, geometry);
            for (int i = 0; i < to.length; i++) {
                to[i][lane] = unit.gathered(warp, lane, i, component, site);
            }
        }
    }
}
