package io.penstock.gpuserver.session;

import io.penstock.protocol.codec.CallNumbers;

/** Calls whose reply carries its out-parameters also when they fail: a log or a reason is worth most then. */
final class AlwaysAnswered {
    private AlwaysAnswered() {}

    static boolean is(int call) {
        return switch (call) {
            case CallNumbers.cuModuleLoadData,
                    CallNumbers.cuLibraryLoadData,
                    CallNumbers.cuLinkAddData_v2,
                    CallNumbers.cuLinkComplete,
                    CallNumbers.cuGraphExecUpdate_v2 -> true;
            default -> false;
        };
    }
}
