package io.penstock.agent;

import io.penstock.protocol.codec.CallNumbers;

/** What the number of a call in its header tells: all that the agent knows of calls. */
final class CallKinds {
    /** A call for which nobody waits, and one that is waited for: what a rehearsal plays. */
    static final int POSTED = CallNumbers.cuLaunchKernel;

    static final int WAITED_FOR = CallNumbers.cuStreamSynchronize;

    private CallKinds() {}

    /** Whether a thread of the program waits for the reply to this call. */
    static boolean isWaitedFor(int call) {
        return call >= Frames.FIRST_CALL && !CallNumbers.isPosted(call);
    }

    /** Whether the call launches a kernel or a graph, for the counts that people see. */
    static boolean launches(int call) {
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
