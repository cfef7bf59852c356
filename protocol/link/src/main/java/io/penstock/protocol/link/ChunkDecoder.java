package io.penstock.protocol.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Cuts a bulk connection's stream into pieces of chunks, keeping nothing but an unfinished header. One thread. */
final class ChunkDecoder {
    private final int chunkBytesMax;
    private final MemorySegment header = Arena.ofAuto().allocate(Wire.CHUNK_HEADER_BYTES, 8);
    private int held;
    private int left;

    ChunkDecoder(int chunkBytesMax) {
        this.chunkBytesMax = chunkBytesMax;
    }

    /**
     * Delivers the bytes {@code [from, to)}.
     *
     * @return where it stopped: {@code to}, or earlier when the sink has no place for a chunk
     */
    long feed(MemorySegment bytes, long from, long to, ChunkSink sink) throws LinkException {
        long at = from;
        while (at < to || held == Wire.CHUNK_HEADER_BYTES) {
            if (left > 0) {
                int count = (int) Math.min(to - at, left);
                sink.bytes(bytes, at, count);
                at += count;
                left -= count;
                if (left == 0) {
                    sink.end();
                }
            } else {
                int count = (int) Math.min(to - at, Wire.CHUNK_HEADER_BYTES - held);
                MemorySegment.copy(bytes, at, header, held, count);
                held += count;
                at += count;
                if (held == Wire.CHUNK_HEADER_BYTES && !begin(sink)) {
                    return at;
                }
            }
        }
        return at;
    }

    boolean isBetweenChunks() {
        return held == 0 && left == 0;
    }

    /** Whether a chunk's header is there and the sink had no place for the chunk. */
    boolean isStalled() {
        return held == Wire.CHUNK_HEADER_BYTES;
    }

    private boolean begin(ChunkSink sink) throws LinkException {
        long payload = header.get(Wire.U64, 0);
        long position = header.get(Wire.U64, 8);
        int length = header.get(Wire.U32, 16);
        if (length <= 0 || length > chunkBytesMax) {
            throw new LinkException(
                    "chunk of " + Integer.toUnsignedLong(length) + " bytes; allowed are 1 to " + chunkBytesMax);
        }
        if (position < 0 || payload == 0) {
            throw new LinkException("chunk of payload " + payload + " at position " + position);
        }
        if (header.get(Wire.U32, 20) != 0) {
            throw new LinkException("chunk header whose reserved word is not zero");
        }
        if (!sink.begin(payload, position, length)) {
            return false;
        }
        held = 0;
        left = length;
        return true;
    }
}
