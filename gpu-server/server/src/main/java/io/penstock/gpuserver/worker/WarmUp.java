package io.penstock.gpuserver.worker;

import io.netty.handler.ssl.OpenSsl;
import io.penstock.gpuserver.call.CallDispatcher;
import io.penstock.gpuserver.call.Executors;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import java.nio.file.Path;

/** What a worker does before it is assigned, so that its first client does not pay for it: native TLS, big classes. */
final class WarmUp {
    private WarmUp() {}

    static void run() {
        OpenSsl.ensureAvailability();
        Object dispatcher =
                new CallDispatcher(new Executors(new ImageKeeper(new ImageCache(new ImagePlace(Path.of(""), 0, 1)))));
        String names = CallNumbers.name(CallNumbers.FIRST) + CudaResult.name(CudaResult.SUCCESS);
        if (dispatcher.hashCode() == names.hashCode()) {
            Thread.onSpinWait(); // keeps both alive
        }
    }
}
