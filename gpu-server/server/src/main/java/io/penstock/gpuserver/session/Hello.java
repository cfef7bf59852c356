package io.penstock.gpuserver.session;

import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A client's first frame (protocol.md section 2).
 *
 * @param versionMin oldest protocol version it speaks
 * @param versionMax newest
 * @param specHash of the description it was built from, in hexadecimal
 * @param ticket that opens this worker
 * @param program the program's name, for people
 * @param pid the program's process number on its machine
 * @param environment {@code NAME=value} of its CUDA_* and PENSTOCK_* variables
 */
record Hello(
        int versionMin,
        int versionMax,
        String specHash,
        String ticket,
        String program,
        int pid,
        List<String> environment) {
    private static final int HASH_BYTES = 32;

    /** Reads the body. */
    static Hello read(MemorySegment body) {
        Reader in = new Reader(body);
        int versionMin = in.readU32();
        int versionMax = in.readU32();
        String hash = HexFormat.of().formatHex(in.readBlock(HASH_BYTES).toArray(ValueLayout.JAVA_BYTE));
        String ticket = in.readString();
        String program = in.readString();
        int pid = in.readU32();
        in.readU32();
        long count = in.readU64();
        if (count < 0 || count > Limits.ENVIRONMENT_ENTRIES_MAX) {
            throw new ProtocolException("HELLO with " + Long.toUnsignedString(count) + " variables; at most "
                    + Limits.ENVIRONMENT_ENTRIES_MAX);
        }
        List<String> environment = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            environment.add(in.readString());
        }
        in.end();
        return new Hello(versionMin, versionMax, hash, ticket, program, pid, environment);
    }

    /** Everything but the ticket and the environment. */
    @Override
    public String toString() {
        return "Hello[" + program + ", pid " + pid + "]";
    }
}
