package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import java.util.Arrays;

/** What the special registers of a warp hold. */
final class SpecialValues {
    private SpecialValues() {}

    /** Everything that is the same in every block. */
    static void fillFixed(int[][] values, Launch launch, int warp) {
        LaunchShape shape = launch.shape();
        for (int lane = 0; lane < Warp.LANES; lane++) {
            int thread = warp * Warp.LANES + lane;
            set(values, SpecialRegister.TID_X, lane, thread % shape.blockX());
            set(values, SpecialRegister.TID_Y, lane, thread / shape.blockX() % shape.blockY());
            set(values, SpecialRegister.TID_Z, lane, thread / shape.blockX() / shape.blockY());
            set(values, SpecialRegister.LANEID, lane, lane);
            int bit = 1 << lane;
            set(values, SpecialRegister.LANEMASK_EQ, lane, bit);
            set(values, SpecialRegister.LANEMASK_LT, lane, bit - 1);
            set(values, SpecialRegister.LANEMASK_LE, lane, bit | (bit - 1));
            set(values, SpecialRegister.LANEMASK_GE, lane, ~(bit - 1));
            set(values, SpecialRegister.LANEMASK_GT, lane, ~(bit | (bit - 1)));
        }
        fill(values, SpecialRegister.NTID_X, shape.blockX());
        fill(values, SpecialRegister.NTID_Y, shape.blockY());
        fill(values, SpecialRegister.NTID_Z, shape.blockZ());
        fill(values, SpecialRegister.NCTAID_X, shape.gridX());
        fill(values, SpecialRegister.NCTAID_Y, shape.gridY());
        fill(values, SpecialRegister.NCTAID_Z, shape.gridZ());
        fill(values, SpecialRegister.WARPID, warp);
        fill(values, SpecialRegister.NWARPID, (shape.threadsPerBlock() + Warp.LANES - 1) / Warp.LANES);
        fill(values, SpecialRegister.NSMID, Runtime.getRuntime().availableProcessors());
        fill(values, SpecialRegister.DYNAMIC_SMEM_SIZE, shape.dynamicSharedBytes());
        fill(values, SpecialRegister.TOTAL_SMEM_SIZE, launch.sharedBytes());
        fill(values, SpecialRegister.RESERVED_SMEM_BEGIN, launch.reservedStart());
        fill(values, SpecialRegister.RESERVED_SMEM_END, launch.reservedStart() + launch.reservedBytes());
        fill(values, SpecialRegister.RESERVED_SMEM_CAP, launch.reservedBytes());
        fill(values, SpecialRegister.RESERVED_SMEM_0, launch.reservedStart());
        fill(values, SpecialRegister.RESERVED_SMEM_1, launch.reservedStart() + launch.reservedBytes() / 2);
        fill(values, SpecialRegister.ENVREG1, (int) (launch.workspace() >>> 32));
        fill(values, SpecialRegister.ENVREG2, (int) launch.workspace());
    }

    static void fillBlock(int[][] values, int x, int y, int z) {
        fill(values, SpecialRegister.CTAID_X, x);
        fill(values, SpecialRegister.CTAID_Y, y);
        fill(values, SpecialRegister.CTAID_Z, z);
    }

    private static void set(int[][] values, SpecialRegister register, int lane, int value) {
        values[register.row()][lane] = value;
    }

    private static void fill(int[][] values, SpecialRegister register, int value) {
        Arrays.fill(values[register.row()], value);
    }
}
