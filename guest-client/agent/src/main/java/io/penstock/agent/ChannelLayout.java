package io.penstock.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where things lie in the memory shared with a program (docs/protocol.md section 4), and the shape one program chose.
 * Read once and checked: sizes are powers of two within the bounds below, the areas lie behind the header, start at a
 * page and do not overlap.
 *
 * @param upRing frames from the program
 * @param downRing frames to the program
 * @param upSlab payload from the program
 * @param downSlab payload to the program
 */
record ChannelLayout(Area upRing, Area downRing, Area upSlab, Area downSlab) {
    /** "PNSTCHAN" as a little-endian u64. */
    static final long MAGIC = 0x4E41_4843_5453_4E50L;

    static final int VERSION = 1;
    static final int HEADER_BYTES = 4096;

    static final long UP_HEAD = 0x100;
    static final long UP_TAIL = 0x140;
    static final long UP_CONSUMER_ASLEEP = 0x180;
    static final long UP_PRODUCER_ASLEEP = 0x1c0;
    static final long DOWN_HEAD = 0x200;
    static final long DOWN_TAIL = 0x240;
    static final long DOWN_RECEIVER_ASLEEP = 0x280;
    static final long DOWN_WAITER_ASLEEP = 0x2c0;
    static final long DOWN_PRODUCER_ASLEEP = 0x300;
    static final long UP_SLAB_HEAD = 0x340;
    static final long UP_SLAB_PRODUCER_ASLEEP = 0x380;
    static final long DOWN_SLAB_HEAD = 0x3c0;
    static final long DOWN_SLAB_PRODUCER_ASLEEP = 0x400;

    /** The largest channel that is mapped: 512 MiB. */
    static final long CHANNEL_BYTES_MAX = 512L << 20;

    static final long AREA_BYTES_MIN = 4096;
    static final long AREA_BYTES_MAX = 128L << 20;

    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long AREAS = 0x010;
    private static final String[] NAMES = {"up ring", "down ring", "up slab", "down slab"};

    /** One area: bytes {@code [offset, offset + size)} of the channel. */
    record Area(long offset, long size) {}

    /** Reads and checks the header of a mapped channel. */
    static ChannelLayout of(MemorySegment memory) throws ChannelException {
        require(memory.get(U64, 0) == MAGIC, "the channel does not start with PNSTCHAN");
        int version = memory.get(U32, 0x008);
        require(version == VERSION, "the channel has layout version " + version + "; this agent speaks " + VERSION);
        int header = memory.get(U32, 0x00c);
        require(header == HEADER_BYTES, "the channel's header has " + header + " bytes, not " + HEADER_BYTES);
        Area[] areas = new Area[NAMES.length];
        for (int i = 0; i < areas.length; i++) {
            areas[i] = area(memory, i);
            for (int j = 0; j < i; j++) {
                boolean apart = areas[i].offset >= areas[j].offset + areas[j].size
                        || areas[j].offset >= areas[i].offset + areas[i].size;
                require(apart, "the channel's " + NAMES[i] + " overlaps its " + NAMES[j]);
            }
        }
        return new ChannelLayout(areas[0], areas[1], areas[2], areas[3]);
    }

    private static Area area(MemorySegment memory, int index) throws ChannelException {
        long offset = memory.get(U64, AREAS + 16L * index);
        long size = memory.get(U64, AREAS + 16L * index + 8);
        String what = "the channel's " + NAMES[index];
        require(
                size >= AREA_BYTES_MIN && size <= AREA_BYTES_MAX && Long.bitCount(size) == 1,
                what + " has " + size + " bytes; a power of two from " + AREA_BYTES_MIN + " to " + AREA_BYTES_MAX
                        + " is allowed");
        require(
                offset >= HEADER_BYTES && offset % HEADER_BYTES == 0 && offset <= memory.byteSize() - size,
                what + " of " + size + " bytes at " + offset + " does not fit a channel of " + memory.byteSize());
        return new Area(offset, size);
    }

    private static void require(boolean condition, String otherwise) throws ChannelException {
        if (!condition) {
            throw new ChannelException(otherwise);
        }
    }
}
