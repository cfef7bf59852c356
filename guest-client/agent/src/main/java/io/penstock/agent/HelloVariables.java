package io.penstock.agent;

import io.penstock.protocol.codec.Limits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads what a program's HELLO says of its variables (docs/protocol.md section 2); nothing of it is trusted. */
final class HelloVariables {
    private static final int TICKET = Frames.HEADER_BYTES + 8 + 32;
    private static final int PID_AND_HINT = 8;

    private final MemorySegment hello;
    private long at;

    private HelloVariables(MemorySegment hello) {
        this.hello = hello;
    }

    /** The variables, {@code NAME=value}. */
    static List<String> of(MemorySegment hello) throws ChannelException {
        HelloVariables reader = new HelloVariables(hello);
        reader.at = TICKET;
        reader.text();
        reader.text();
        reader.at += PID_AND_HINT;
        long count = reader.number();
        if (count < 0 || count > Limits.ENVIRONMENT_ENTRIES_MAX) {
            throw new ChannelException("a HELLO frame with " + Long.toUnsignedString(count) + " variables; at most "
                    + Limits.ENVIRONMENT_ENTRIES_MAX);
        }
        List<String> variables = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            variables.add(reader.text());
        }
        return variables;
    }

    private long number() throws ChannelException {
        require(Long.BYTES);
        long number = hello.get(Frames.U64, at);
        at += Long.BYTES;
        return number;
    }

    private String text() throws ChannelException {
        long bytes = number();
        require(bytes);
        String text = new String(hello.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        at += bytes + 7 & -8;
        return text;
    }

    private void require(long bytes) throws ChannelException {
        if (bytes < 0 || at > hello.byteSize() || bytes > hello.byteSize() - at) {
            throw new ChannelException("a HELLO frame of " + hello.byteSize() + " bytes that ends within a text");
        }
    }
}
