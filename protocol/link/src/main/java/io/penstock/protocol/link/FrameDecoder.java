package io.penstock.protocol.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Cuts a stream of bytes into frames. A header is checked before a byte of its body is kept, so memory is bounded by
 * one frame of the largest size, allocated when a frame first comes in pieces. After an exception the decoder is finished. One thread.
 */
public final class FrameDecoder {
    private final int frameBytesMax;
    private MemorySegment partial = MemorySegment.NULL;
    private int held;
    private boolean last;

    /** @param frameBytesMax the longest frame accepted, header and body */
    public FrameDecoder(int frameBytesMax) {
        if (frameBytesMax < Wire.HEADER_BYTES) {
            throw new IllegalArgumentException("frames of at most " + frameBytesMax + " bytes cannot hold a header");
        }
        this.frameBytesMax = frameBytesMax;
    }

    /** Delivers every frame completed by the bytes {@code [from, to)} of {@code bytes}; keeps the unfinished rest. */
    public void feed(MemorySegment bytes, long from, long to, FrameSink sink) throws LinkException {
        long at = held > 0 ? finishPartial(bytes, from, to, sink) : from;
        while (to - at >= Wire.HEADER_BYTES) {
            int length = checkedLength(bytes, at);
            if (to - at < Wire.padded(length)) {
                break;
            }
            last = at + Wire.padded(length) == to;
            sink.frame(bytes, at, length);
            at += Wire.padded(length);
        }
        keep(bytes, at, to);
    }

    /** While a frame is delivered: whether no byte came behind it. */
    boolean isLast() {
        return last;
    }

    /** True between frames: the stream may end here without having been cut. */
    public boolean isBetweenFrames() {
        return held == 0;
    }

    private long finishPartial(MemorySegment bytes, long from, long to, FrameSink sink) throws LinkException {
        long at = from;
        if (held < Wire.HEADER_BYTES) {
            at += take(bytes, at, to, Wire.HEADER_BYTES);
            if (held < Wire.HEADER_BYTES) {
                return at;
            }
        }
        int length = checkedLength(partial, 0);
        at += take(bytes, at, to, Wire.padded(length));
        if (held == Wire.padded(length)) {
            held = 0;
            last = at == to;
            sink.frame(partial, 0, length);
        }
        return at;
    }

    private void keep(MemorySegment bytes, long at, long to) {
        if (at < to) {
            if (partial.byteSize() == 0) {
                partial = Arena.ofAuto().allocate(Wire.padded(frameBytesMax), 8);
            }
            take(bytes, at, to, partial.byteSize());
        }
    }

    private long take(MemorySegment bytes, long at, long to, long wanted) {
        long count = Math.min(to - at, wanted - held);
        MemorySegment.copy(bytes, at, partial, held, count);
        held += (int) count;
        return count;
    }

    private int checkedLength(MemorySegment bytes, long at) throws LinkException {
        int length = Wire.length(bytes, at);
        if (length < Wire.HEADER_BYTES || length > frameBytesMax) {
            throw new LinkException("frame of " + Integer.toUnsignedLong(length) + " bytes; allowed are "
                    + Wire.HEADER_BYTES + " to " + frameBytesMax);
        }
        int type = Wire.type(bytes, at);
        if (type < Wire.TYPE_FIRST_CALL
                && (type > Wire.TYPE_LAST_CONTROL || type == Wire.TYPE_PAD || type == Wire.TYPE_PAYLOAD)) {
            throw new LinkException("frame of type " + type + ", which no peer may send on the wire");
        }
        int flags = Short.toUnsignedInt(bytes.get(Wire.U16, at + Wire.FLAGS));
        if ((flags & ~Wire.FLAGS_KNOWN) != 0) {
            throw new LinkException("frame with unknown flags 0x" + Integer.toHexString(flags));
        }
        return length;
    }
}
