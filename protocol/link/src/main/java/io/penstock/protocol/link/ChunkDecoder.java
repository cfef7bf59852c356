package io.penstock.protocol.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Cuts a bulk connection's stream into pieces of chunks, keeping nothing but an unfinished header. One thread. */
final class ChunkDecoder {
    private final int chunkBytesMax;
    private final MemorySegment header = Arena.ofAuto().allocate(Wire.CHUNK_HEADER_BYTES, 8);
    private int held;
    private long payload;
    private long position;
    private int left;

    ChunkDecoder(int chunkBytesMax) {
        this.chunkBytesMax = chunkBytesMax;
    }

    void feed(MemorySegment bytes, long from, long to, ChunkSink sink) throws LinkException {
        long at = from;
        while (at < to) {
            if (left == 0) {
                int count = (int) Math.min(to - at, Wire.CHUNK_HEADER_BYTES - held);
                MemorySegment.copy(bytes, at, header, held, count);
                held += count;
                at += count;
                if (held == Wire.CHUNK_HEADER_BYTES) {
                    held = 0;
                    begin();
                }
            } else {
                int count = (int) Math.min(to - at, left);
                sink.bytes(payload, position, bytes, at, count);
                position += count;
                left -= count;
                at += count;
            }
        }
    }

    boolean isBetweenChunks() {
        return held == 0 && left == 0;
    }

    private void begin() throws LinkException {
        payload = header.get(Wire.U64, 0);
        position = header.get(Wire.U64, 8);
        left = header.get(Wire.U32, 16);
        if (left <= 0 || left > chunkBytesMax) {
            throw new LinkException(
                    "chunk of " + Integer.toUnsignedLong(left) + " bytes; allowed are 1 to " + chunkBytesMax);
        }
        if (position < 0 || payload == 0) {
            throw new LinkException("chunk of payload " + payload + " at position " + position);
        }
        if (header.get(Wire.U32, 20) != 0) {
            throw new LinkException("chunk header whose reserved word is not zero");
        }
    }
}
