package io.penstock.gpuserver.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LibCTest {
    private static final long PAGE = 4096;

    @Test
    void twoMappingsOfOneMemfdShowTheSameBytes() {
        int fd = LibC.memfd_create("penstock-test", LibC.MFD_CLOEXEC);
        assertThat(fd).isPositive();
        assertThat(LibC.ftruncate(fd, PAGE)).isZero();
        int access = LibC.PROT_READ | LibC.PROT_WRITE;
        long one = LibC.mmap(0, PAGE, access, LibC.MAP_SHARED, fd, 0);
        long two = LibC.mmap(0, PAGE, access, LibC.MAP_SHARED, fd, 0);
        assertThat(LibC.close(fd)).isZero();
        NativeMemory.putLong(one + 8, 42);
        assertThat(two).isNotEqualTo(one);
        assertThat(NativeMemory.getLong(two + 8)).isEqualTo(42);
        assertThat(LibC.munmap(one, PAGE)).isZero();
        assertThat(LibC.munmap(two, PAGE)).isZero();
    }

    @Test
    void aTakenPlaceIsNotReplacedAndErrnoSaysSo() {
        int anonymous = LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_NORESERVE;
        long taken = LibC.mmap(0, PAGE, LibC.PROT_NONE, anonymous, -1, 0);
        long again = LibC.mmap(taken, PAGE, LibC.PROT_NONE, anonymous | LibC.MAP_FIXED_NOREPLACE, -1, 0);
        assertThat(again).isEqualTo(LibC.MAP_FAILED);
        assertThat(LibC.errno()).as("EEXIST").isEqualTo(17);
        LibC.munmap(taken, PAGE);
    }

    @Test
    void aClosedDescriptorIsRefusedWithEbadf() {
        assertThat(LibC.close(-1)).isEqualTo(-1);
        assertThat(LibC.errno()).as("EBADF").isEqualTo(9);
    }
}
