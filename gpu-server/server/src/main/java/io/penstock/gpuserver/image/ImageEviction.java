package io.penstock.gpuserver.image;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a folder within its bounds: what was not used for longest goes first. Unfinished files count and go like the
 * others. Workers that add at the same moment each trim after they added, so the last of them leaves the bounds kept.
 */
final class ImageEviction {
    private record Kept(Path file, long bytes, FileTime used) {}

    private ImageEviction() {}

    /** Removes files until the bounds are kept, but never the one that was just added. */
    static void trim(ImagePlace place, Path added) throws IOException {
        List<Kept> all = list(place.folder());
        long bytes = all.stream().mapToLong(Kept::bytes).sum();
        int count = all.size();
        all.sort(Comparator.comparing(Kept::used));
        for (Kept oldest : all) {
            if (bytes <= place.bytes() && count <= place.count()) {
                return;
            }
            if (!oldest.file().equals(added)) {
                Files.deleteIfExists(oldest.file());
                bytes -= oldest.bytes();
                count--;
            }
        }
    }

    private static List<Kept> list(Path folder) throws IOException {
        List<Kept> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Kept kept = look(file);
                if (kept != null) {
                    all.add(kept);
                }
            }
        }
        return all;
    }

    /** The file as it is, or null when another worker has evicted or renamed it meanwhile. */
    private static @Nullable Kept look(Path file) throws IOException {
        try {
            BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return new Kept(file, is.size(), is.lastModifiedTime());
        } catch (NoSuchFileException evicted) {
            return null;
        }
    }
}
