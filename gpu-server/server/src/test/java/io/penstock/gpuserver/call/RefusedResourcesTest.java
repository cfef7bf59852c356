package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/**
 * What a worker takes for itself, a context with a sticky error refuses with that error: the program is to hear it, and
 * not that memory ran out.
 */
final class RefusedResourcesTest {
    private static final CudaDriver BROKEN = (CudaDriver) Proxy.newProxyInstance(
            CudaDriver.class.getClassLoader(),
            new Class<?>[] {CudaDriver.class},
            (self, call, arguments) -> CudaResult.ASSERT);

    @Test
    void pinnedMemoryIsRefusedWithTheDriversOwnCode() {
        assertThat(new Staging(BROKEN).take(1L, 4096)).isEqualTo(-CudaResult.ASSERT);
    }

    @Test
    void anEventIsRefusedWithTheDriversOwnCode() {
        assertThat(new EventPool(BROKEN).take(1)).isEqualTo(-CudaResult.ASSERT);
    }
}
