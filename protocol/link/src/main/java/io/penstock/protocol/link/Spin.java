package io.penstock.protocol.link;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SelectStrategy;
import io.netty.channel.SelectStrategyFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.IntSupplier;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.TransportInternal;
import java.time.Duration;

/**
 * How long an event loop looks for the next bytes before it sleeps. Waking a thread costs tens of microseconds, more
 * than a whole round trip, so where there are cores to spare a loop stays awake for a while after traffic.
 */
public final class Spin {
    /** Cores from which on spinning is on by default. */
    private static final int CORES = 8;

    private static final Duration AFTER_TRAFFIC = Duration.ofNanos(200_000);

    // written by every event loop, read by every event loop: a stale value costs one sleep or one look more
    private static volatile long lastTraffic = System.nanoTime();

    private Spin() {}

    /** The default of this machine: 200 µs on 8 cores and more, none on fewer. */
    public static Duration standard() {
        return Runtime.getRuntime().availableProcessors() >= CORES ? AFTER_TRAFFIC : Duration.ZERO;
    }

    /** A Vert.x on native epoll with so many event loops, each spinning so long after traffic. */
    public static Vertx vertx(int eventLoops, Duration afterTraffic) {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(eventLoops)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2);
        return Vertx.builder()
                .with(options)
                .withTransport(new TransportInternal("epoll", true, null, new SpinningEpoll(afterTraffic.toNanos())))
                .build();
    }

    /** Bytes came or went: the loops stay awake for a while. */
    static void traffic() {
        lastTraffic = System.nanoTime();
    }

    private static final class SpinningEpoll extends EpollTransport {
        private final long spinNanos;

        SpinningEpoll(long spinNanos) {
            this.spinNanos = spinNanos;
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            SelectStrategyFactory strategies = () -> (select, hasTasks) -> strategy(select, hasTasks);
            return EpollIoHandler.newFactory(0, strategies);
        }

        private int strategy(IntSupplier select, boolean hasTasks) throws Exception {
            if (hasTasks) {
                return select.get();
            }
            boolean awake = spinNanos > 0 && System.nanoTime() - lastTraffic < spinNanos;
            return awake ? SelectStrategy.BUSY_WAIT : SelectStrategy.SELECT;
        }
    }
}
