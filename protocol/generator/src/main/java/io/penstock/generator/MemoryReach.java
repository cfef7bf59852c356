package io.penstock.generator;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How far a posted call reaches from the addresses it names: nobody waits for the driver's judgement there, so the stub
 * compares it with the allocation first. The bytes are those of the names in cuda.h: {@code ByteCount} of copies, {@code N}
 * elements of {@code cuMemsetD8}, {@code D16} and {@code D32}.
 */
final class MemoryReach {
    private static final Pattern SET = Pattern.compile("cuMemsetD(8|16|32)(Async|_v2)");

    private final Call call;
    private final @Nullable String bytes;

    MemoryReach(Call call) {
        this.call = call;
        this.bytes = call.posted() ? bytes(call) : null;
    }

    private static @Nullable String bytes(Call call) {
        if (call.params().stream().anyMatch(param -> param.name().equals("ByteCount"))) {
            return "ByteCount";
        }
        Matcher set = SET.matcher(call.name());
        if (!set.matches()) {
            return null;
        }
        int width = Integer.parseInt(set.group(1)) / Byte.SIZE;
        return width == 1 ? "N" : "memory_bytes(N, " + width + ")";
    }

    /** Statements that set the result. */
    List<String> judge() {
        if (bytes == null) {
            return List.of();
        }
        return call.params().stream()
                .filter(param -> param.c().equals("CUdeviceptr"))
                .map(param -> "result = memory_reaches(%s, %s);".formatted(param.name(), bytes))
                .toList();
    }
}
