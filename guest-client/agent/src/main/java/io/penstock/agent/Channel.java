package io.penstock.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory shared with one program: two rings and two slabs in a sealed memfd that the program made. The seals keep the
 * program from cutting the mapping short under our feet. Opened and closed on one
 * thread, the session's event loop; the slabs' bytes are read and written by those of the bulk connections as well.
 */
final class Channel implements AutoCloseable {
    private static final int SEALS = LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW;

    private final Arena arena;
    private final UpRing up;
    private final DownRing down;
    private final UpSlab upSlab;
    private final DownSlab downSlab;

    private Channel(Arena arena, MemorySegment memory, ChannelLayout layout, int frameBytesMax) {
        this.arena = arena;
        this.up = new UpRing(memory, layout.upRing(), frameBytesMax, arena);
        this.down = new DownRing(memory, layout.downRing());
        this.upSlab = new UpSlab(memory, layout.upSlab());
        this.downSlab = new DownSlab(memory, layout.downSlab());
    }

    /**
     * Maps the memfd that a process holds under this number.
     *
     * @param declaredBytes its size as the process told it
     * @param frameBytesMax the longest frame taken from it
     */
    static Channel open(int pid, int number, long declaredBytes, int frameBytesMax) throws ChannelException {
        if (declaredBytes <= ChannelLayout.HEADER_BYTES || declaredBytes > ChannelLayout.CHANNEL_BYTES_MAX) {
            throw new ChannelException("a channel of " + declaredBytes + " bytes; at most "
                    + ChannelLayout.CHANNEL_BYTES_MAX + " are allowed");
        }
        int fd = LibC.open("/proc/" + pid + "/fd/" + number, LibC.O_RDWR | LibC.O_NONBLOCK | LibC.O_CLOEXEC);
        try {
            return map(fd, declaredBytes, frameBytesMax);
        } finally {
            LibC.close(fd);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the channel owns the arena and closes it
    private static Channel map(int fd, long declaredBytes, int frameBytesMax) throws ChannelException {
        int seals = LibC.seals(fd);
        if ((seals & SEALS) != SEALS) {
            throw new ChannelException("the channel's seals are " + seals + "; it must not be able to shrink or grow");
        }
        long bytes = LibC.size(fd);
        if (bytes != declaredBytes) {
            throw new ChannelException("the channel has " + bytes + " bytes, not the declared " + declaredBytes);
        }
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = LibC.map(fd, bytes, arena);
            return new Channel(arena, memory, ChannelLayout.of(memory), frameBytesMax);
        } catch (ChannelException refused) {
            arena.close();
            throw refused;
        }
    }

    UpRing up() {
        return up;
    }

    DownRing down() {
        return down;
    }

    UpSlab upSlab() {
        return upSlab;
    }

    DownSlab downSlab() {
        return downSlab;
    }

    /** Unmaps; any later use of a ring or slab is an error, never a crash. */
    @Override
    public void close() {
        arena.close();
    }
}
