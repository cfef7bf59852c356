package io.penstock.protocol.codec;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/** The variables of a program's environment that its driver may read, once and for all, in {@code cuInit}. */
public final class CudaVariables {
    private CudaVariables() {}

    /** Those of these {@code NAME=value} entries whose names begin with CUDA_. */
    public static Set<String> of(Collection<String> environment) {
        return environment.stream().filter(entry -> entry.startsWith("CUDA_")).collect(Collectors.toUnmodifiableSet());
    }
}
