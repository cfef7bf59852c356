package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateLockTest {
    @TempDir
    private Path folder;

    @Test
    void oneAtATimeHasIt() throws Exception {
        try (StateLock _ = StateLock.take(folder).orElseThrow()) {
            assertThat(StateLock.take(folder)).isEmpty();
            assertThat(StateLock.take(folder)).isEmpty(); // to be refused gives nothing up
        }
        StateLock again = StateLock.take(folder).orElseThrow();
        again.close();
    }
}
