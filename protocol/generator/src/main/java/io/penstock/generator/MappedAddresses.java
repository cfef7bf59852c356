package io.penstock.generator;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a call means device memory, the program may name pinned memory of its own, by CUDA's unified addressing: the stub
 * has it mapped on the server before the call goes.
 */
final class MappedAddresses {
    private final Call call;
    private final List<String> addresses = new ArrayList<>();

    MappedAddresses(Spec spec, Call call) {
        this.call = call;
        for (Param param : call.params()) {
            if (param.c().equals("CUdeviceptr")) {
                addresses.add(param.name());
            } else if (param.in() && param.struct() && !param.nullable()) {
                spec.struct(param.type().name()).fields().stream()
                        .filter(field -> field.type() != null && field.type().is(WireType.Kind.DEVPTR) && !field.out())
                        .forEach(field -> addresses.add(param.name() + "->" + field.name()));
            }
        }
    }

    /** A call without a stream returns before its work is done, but for pinned memory: then the driver waits. */
    private boolean waits() {
        return call.posted()
                && !addresses.isEmpty()
                && call.params().stream().noneMatch(param -> param.c().equals("CUstream"));
    }

    List<String> declare() {
        return waits() ? List.of("bool mapped = false;") : List.of();
    }

    /** Statements that set the result. */
    List<String> use() {
        return addresses.stream()
                .map(address -> "result = mapped_use(\"%s\", %s, %s);"
                        .formatted(call.name(), address, waits() ? "&mapped" : "NULL"))
                .toList();
    }

    List<String> await() {
        return waits()
                ? List.of("if (result == CUDA_SUCCESS && mapped) {", "result = cuStreamSynchronize(NULL);", "}")
                : List.of();
    }
}
