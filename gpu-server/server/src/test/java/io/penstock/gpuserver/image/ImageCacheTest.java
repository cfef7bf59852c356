package io.penstock.gpuserver.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageCacheTest {
    private static final int BYTES = 1000;
    private static final int FILE_BYTES = BYTES + ImageTrailer.BYTES;

    @TempDir
    private Path temporary;

    private Path folder;
    private ImageCache cache;

    @BeforeEach
    void makeACacheOfThreeImages() {
        folder = temporary.resolve("client-1");
        cache = new ImageCache(new ImagePlace(folder, 3 * FILE_BYTES, 100));
    }

    @Test
    void anImageIsFoundAsItWasKeptWithAZeroBehindIt() {
        MemorySegment image = image(1, 700_001);
        ImageCache large = new ImageCache(new ImagePlace(folder, 1 << 20, 100));
        assertThat(large.mayHave(digest(image))).isFalse();
        assertThat(large.keep(digest(image), image)).isTrue();
        assertThat(large.mayHave(digest(image))).isTrue();
        MemorySegment found = Objects.requireNonNull(large.find(digest(image), Arena.ofAuto()));
        assertThat(found.mismatch(image)).isEqualTo(-1);
        assertThat(NativeMemory.all().get(ValueLayout.JAVA_BYTE, found.address() + found.byteSize()))
                .isZero();
    }

    @Test
    void anImageUnderAWrongDigestIsNotKept() throws IOException {
        assertThat(cache.keep(digest(image(1, BYTES)), image(2, BYTES))).isFalse();
        assertThat(cache.find(digest(image(1, BYTES)), Arena.ofAuto())).isNull();
        assertThat(cache.find(digest(image(2, BYTES)), Arena.ofAuto())).isNull();
        assertThat(names()).isEmpty();
    }

    @Test
    void aFileThatWasChangedIsNotLoadedAndGone() throws IOException {
        MemorySegment image = kept(1);
        Path file = folder.resolve(digest(image).hex());
        byte[] bytes = Files.readAllBytes(file);
        bytes[BYTES / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(cache.find(digest(image), Arena.ofAuto())).isNull();
        assertThat(file).doesNotExist();
    }

    @Test
    void aTrailerThatWasChangedIsNoticed() throws IOException {
        for (int at = BYTES; at < FILE_BYTES; at++) {
            MemorySegment image = kept(1);
            Path file = folder.resolve(digest(image).hex());
            byte[] bytes = Files.readAllBytes(file);
            assertThat(bytes).hasSize(FILE_BYTES);
            bytes[at] ^= 1;
            Files.write(file, bytes);
            assertThat(cache.find(digest(image), Arena.ofAuto())).isNull();
        }
    }

    @Test
    void aFileThatWasCutOffOrGrewIsNotLoaded() throws IOException {
        MemorySegment image = kept(1);
        Files.write(folder.resolve(digest(image).hex()), new byte[BYTES - 1]);
        assertThat(cache.find(digest(image), Arena.ofAuto())).isNull();
        kept(1);
        Files.write(folder.resolve(digest(image).hex()), new byte[100 * BYTES]);
        assertThat(cache.find(digest(image), Arena.ofAuto())).isNull();
    }

    @Test
    void aLinkToAFileElsewhereIsNotFollowed() throws IOException {
        MemorySegment image = kept(1);
        Path file = folder.resolve(digest(image).hex());
        Files.move(file, temporary.resolve("elsewhere"));
        Files.createSymbolicLink(file, temporary.resolve("elsewhere"));
        assertThat(cache.mayHave(digest(image))).isFalse();
        assertThat(cache.find(digest(image), Arena.ofAuto())).isNull();
    }

    @Test
    void whatWasNotUsedForLongestIsEvictedFirst() throws IOException {
        for (int seed = 1; seed <= 3; seed++) {
            usedAt(kept(seed), seed);
        }
        assertThat(cache.find(digest(image(1, BYTES)), Arena.ofAuto())).isNotNull();
        kept(4);
        assertThat(names())
                .containsExactlyInAnyOrder(
                        digest(image(1, BYTES)).hex(),
                        digest(image(3, BYTES)).hex(),
                        digest(image(4, BYTES)).hex());
    }

    @Test
    void thereAreNeverMoreFilesThanAllowed() throws IOException {
        cache = new ImageCache(new ImagePlace(folder, 1 << 20, 2));
        for (int seed = 1; seed <= 5; seed++) {
            usedAt(kept(seed), seed);
            assertThat(names())
                    .hasSizeLessThanOrEqualTo(2)
                    .contains(digest(image(seed, BYTES)).hex());
        }
    }

    @Test
    void anImageLargerThanTheCacheEvictsNothing() throws IOException {
        kept(1);
        MemorySegment large = image(2, 3 * FILE_BYTES - ImageTrailer.BYTES + 1);
        assertThat(cache.keep(digest(large), large)).isFalse();
        assertThat(names()).hasSize(1);
    }

    @Test
    void aCacheOfNoBytesKeepsNothing() {
        ImageCache off = new ImageCache(new ImagePlace(folder, 0, 100));
        assertThat(off.keep(digest(image(1, BYTES)), image(1, BYTES))).isFalse();
        assertThat(off.mayHave(digest(image(1, BYTES)))).isFalse();
        assertThat(folder).doesNotExist();
    }

    @Test
    void whatAKilledWorkerLeftUnfinishedIsEvictedLikeTheRest() throws IOException {
        kept(1);
        Path part = folder.resolve("4711-1-1.part");
        Files.write(part, new byte[2 * BYTES]);
        Files.setLastModifiedTime(part, FileTime.from(Instant.EPOCH));
        kept(2);
        assertThat(part).doesNotExist();
        assertThat(names()).hasSize(2);
    }

    @Test
    void onlyTheServerMayEnterTheFolderAndItsFiles() throws IOException {
        MemorySegment image = kept(1);
        assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(folder.resolve(digest(image).hex())))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(cache.find(digest(image), Arena.ofAuto())).isNull();
        assertThat(cache.keep(digest(image(2, BYTES)), image(2, BYTES))).isFalse();
    }

    @Test
    void whatOneClientSentIsNotThereForAnother() {
        ImageFolders folders = new ImageFolders(temporary.resolve("images"), 1 << 20, 10);
        MemorySegment image = image(1, BYTES);
        assertThat(new ImageCache(folders.of("one")).keep(digest(image), image)).isTrue();
        assertThat(new ImageCache(folders.of("other")).mayHave(digest(image))).isFalse();
        assertThat(new ImageCache(folders.of("other")).find(digest(image), Arena.ofAuto()))
                .isNull();
    }

    @Test
    void severalWritersAndReadersDisturbNobody() throws Exception {
        List<Callable<Void>> workers = new ArrayList<>();
        for (int worker = 0; worker < 8; worker++) {
            Random random = new Random(worker);
            ImageCache own = new ImageCache(new ImagePlace(folder, 3 * FILE_BYTES, 100));
            workers.add(() -> {
                for (int i = 0; i < 200; i++) {
                    MemorySegment image = image(random.nextInt(6), BYTES);
                    own.keep(digest(image), image);
                    MemorySegment found = own.find(digest(image), Arena.ofAuto());
                    assertThat(found == null || found.mismatch(image) == -1).isTrue();
                }
                return null;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Void> done : threads.invokeAll(workers)) {
                done.get();
            }
        }
        kept(7);
        assertThat(names()).hasSizeLessThanOrEqualTo(3).noneMatch(name -> name.endsWith(".part"));
    }

    private MemorySegment kept(int seed) {
        MemorySegment image = image(seed, BYTES);
        assertThat(cache.keep(digest(image), image)).isTrue();
        return image;
    }

    private void usedAt(MemorySegment image, int second) throws IOException {
        Files.setLastModifiedTime(
                folder.resolve(digest(image).hex()), FileTime.from(Instant.ofEpochSecond(1_000_000L + second)));
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static MemorySegment image(int seed, int bytes) {
        byte[] noise = new byte[bytes];
        new Random(seed).nextBytes(noise);
        return MemorySegment.ofArray(noise);
    }

    private static ImageDigest digest(MemorySegment image) {
        var hash = ImageDigest.sha256();
        hash.update(image.toArray(ValueLayout.JAVA_BYTE));
        return ImageDigest.of(hash);
    }
}
