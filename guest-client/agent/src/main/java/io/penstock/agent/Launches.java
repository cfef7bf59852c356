package io.penstock.agent;

import io.penstock.protocol.codec.CallNumbers;

/** Which calls launch work on a GPU, for the counts that people see. */
final class Launches {
    private Launches() {}

    /** Whether the call with this number launches a kernel or a graph. */
    static boolean include(int call) {
        return switch (call) {
            case CallNumbers.cuLaunch,
                    CallNumbers.cuLaunchGrid,
                    CallNumbers.cuLaunchGridAsync,
                    CallNumbers.cuLaunchKernel,
                    CallNumbers.cuLaunchKernelEx,
                    CallNumbers.cuLaunchCooperativeKernel,
                    CallNumbers.cuLaunchCooperativeKernelMultiDevice,
                    CallNumbers.cuGraphLaunch -> true;
            default -> false;
        };
    }
}
