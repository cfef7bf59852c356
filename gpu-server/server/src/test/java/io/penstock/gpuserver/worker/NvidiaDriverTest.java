package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of a client's variables reach the driver in a process of the server. */
final class NvidiaDriverTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA_INJECTION64_PATH=/tmp/hostile.so",
                "CUDA_COREDUMP_FILE=/etc/cron.d/x",
                "CUDA_LOG_FILE=/etc/passwd",
                "CUDA_CACHE_PATH=/root",
                "CUDA_VISIBLE_DEVICES=0,1,2",
                "CUDA_ENABLE_COREDUMP_ON_EXCEPTION=1",
                "LD_PRELOAD=/tmp/hostile.so",
                "CUDA_MODULE_LOADING",
                "=1"
            })
    void whatNamesAFileOrADeviceIsNotPassedOn(String entry) {
        assertThat(NvidiaDriver.isPassedOn(entry)).isFalse();
    }

    @Test
    void theDriversWaysAreTheProgramsOwn() {
        assertThat(NvidiaDriver.isPassedOn("CUDA_MODULE_LOADING=EAGER")).isTrue();
        assertThat(NvidiaDriver.isPassedOn("CUDA_LAUNCH_BLOCKING=1")).isTrue();
    }
}
