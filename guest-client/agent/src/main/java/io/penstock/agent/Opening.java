package io.penstock.agent;

import io.netty.buffer.ByteBuf;

/**
 * The first 24 bytes on a program's socket: what it is and where its channel lies.
 *
 * @param magic says who speaks: the CUDA shim or the NVML shim
 * @param version of what it speaks
 * @param memory the number of its memfd; 0 from the NVML shim
 * @param bytes the memfd's size; 0 from the NVML shim
 */
record Opening(long magic, int version, int memory, long bytes) {
    static final int BYTES = 24;

    /** "PNSTNVML" as a little-endian u64. */
    static final long NVML_MAGIC = 0x4C4D_564E_5453_4E50L;

    private static final int NVML_VERSION = 1;

    /** Reads and checks the message. */
    static Opening of(ByteBuf message) throws ChannelException {
        Opening opening =
                new Opening(message.readLongLE(), message.readIntLE(), message.readIntLE(), message.readLongLE());
        int spoken = opening.isNvml() ? NVML_VERSION : ChannelLayout.VERSION;
        if ((!opening.isNvml() && opening.magic != ChannelLayout.MAGIC) || opening.version != spoken) {
            throw new ChannelException("it does not speak version " + spoken + " of the local channel: magic "
                    + Long.toHexString(opening.magic) + ", version " + opening.version);
        }
        return opening;
    }

    boolean isNvml() {
        return magic == NVML_MAGIC;
    }
}
