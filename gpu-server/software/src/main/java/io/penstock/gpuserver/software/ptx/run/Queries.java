package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.LaunchContext;
import io.penstock.gpuserver.software.ptx.PtxFault;
import io.penstock.gpuserver.software.ptx.Texels;
import io.penstock.gpuserver.software.ptx.Texture;
import java.util.Locale;

/** {@code txq} and {@code suq}: what a kernel may ask about textures and surfaces. */
public final class Queries {
    private Queries() {}

    /** What is asked. */
    public enum Query {
        WIDTH,
        HEIGHT,
        DEPTH
    }

    /** The answer for each lane's object, which is a surface or a texture. */
    public static void answer(Warp warp, int mask, int[] to, long[] objects, boolean surface, Query query) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            Texels texels = surface ? surface(warp, lane, objects[lane]) : texture(warp, lane, objects[lane]);
            to[lane] = switch (query) {
                case WIDTH -> texels.width();
                case HEIGHT -> texels.height();
                case DEPTH -> texels.depth();
            };
        }
    }

    private static Texels texture(Warp warp, int lane, long object) {
        LaunchContext context = warp.block().launch().context();
        Texture found = context.texture(object);
        if (found == null) {
            throw missing(warp, lane, object, "texture");
        }
        return found.texels();
    }

    private static Texels surface(Warp warp, int lane, long object) {
        LaunchContext context = warp.block().launch().context();
        Texels found = context.surface(object);
        if (found == null) {
            throw missing(warp, lane, object, "surface");
        }
        return found;
    }

    private static PtxFault missing(Warp warp, int lane, long object, String what) {
        return warp.fault(
                PtxFault.Kind.ILLEGAL_ADDRESS,
                lane,
                String.format(Locale.ROOT, "0x%x is no %s object of this context", object, what));
    }
}
