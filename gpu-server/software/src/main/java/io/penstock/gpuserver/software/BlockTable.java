package io.penstock.gpuserver.software;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Every live block by its first address. Any thread. */
final class BlockTable {
    private final ConcurrentSkipListMap<Long, Block> blocks = new ConcurrentSkipListMap<>();

    /** The block that holds the address, or null. */
    @Nullable
    Block find(long address) {
        Map.Entry<Long, Block> below = blocks.floorEntry(address);
        return below != null && below.getValue().contains(address) ? below.getValue() : null;
    }

    /** The block that starts at the address, or null. */
    @Nullable
    Block at(long address) {
        return blocks.get(address);
    }

    void add(Block block) {
        blocks.put(block.base(), block);
    }

    /** Removes the block; false when another thread was first. */
    boolean remove(Block block) {
        return blocks.remove(block.base(), block);
    }

    /** Whether a block overlaps the range. */
    boolean overlaps(long address, long bytes) {
        Map.Entry<Long, Block> below = blocks.lowerEntry(address + bytes);
        return below != null && below.getValue().base() + below.getValue().bytes() > address;
    }

    List<Block> where(Predicate<Block> wanted) {
        List<Block> found = new ArrayList<>();
        for (Block block : blocks.values()) {
            if (wanted.test(block)) {
                found.add(block);
            }
        }
        return found;
    }
}
