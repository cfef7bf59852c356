package io.penstock.protocol.link;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.TransportInternal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How long an event loop looks for the next bytes before it sleeps. Waking a thread costs tens of microseconds, more
 * than a whole round trip, so where there are cores to spare a loop stays awake for a while after traffic of its own.
 */
public final class Spin {
    /** Cores from which on threads stay awake by default. */
    private static final int CORES = 8;

    private static final Duration AFTER_TRAFFIC = Duration.ofNanos(200_000);
    /** Where there are fewer, but more than one: what comes at once costs nobody's waking up. */
    private static final Duration GLANCE = Duration.ofNanos(5_000);
    /** Who looks for as long as this keeps a core from others. */
    private static final Duration LASTING = Duration.ofNanos(50_000);

    private Spin() {}

    /** What a loop looks at besides its sockets. Both methods run on the loop that watches it and must not block. */
    public interface Source {
        /** Takes what is there; answers whether there was anything. */
        boolean look();

        /**
         * The loop is about to sleep: from now on whoever brings something has to wake it. False when something is
         * there already, so that the loop looks once more.
         */
        boolean sleep();
    }

    /**
     * How long on this machine: 200 µs on 8 cores and more, 5 µs on fewer, not at all on one; or what the environment says in
     * {@code PENSTOCK_SPIN_US}, 0 to 1,000,000 µs.
     */
    public static Duration standard() {
        String wanted = System.getenv("PENSTOCK_SPIN_US");
        if (wanted != null && wanted.matches("[0-9]{1,7}")) {
            return Duration.of(Math.min(Long.parseLong(wanted), 1_000_000), ChronoUnit.MICROS);
        }
        int cores = Runtime.getRuntime().availableProcessors();
        if (cores >= CORES) {
            return AFTER_TRAFFIC;
        }
        return cores > 1 ? GLANCE : Duration.ZERO;
    }

    /** Whether this machine has cores for threads that stay awake, and for what may be done beside a program. */
    public static boolean hasCoresToSpare() {
        return isLasting(standard().toNanos());
    }

    /** Whether a thread that looks for so long stays awake, rather than glance once before it sleeps. */
    public static boolean isLasting(long nanos) {
        return nanos >= LASTING.toNanos();
    }

    /** A Vert.x on native epoll with so many event loops, each spinning so long after its own traffic. */
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

    /** The event loop that runs this looks at {@code source} in each of its turns until {@link #unwatch}. */
    public static void watch(Source source) {
        LoopStrategy.ofThisLoop().watch(source);
    }

    /** The event loop that runs this looks at {@code source} no more. */
    public static void unwatch(Source source) {
        LoopStrategy.ofThisLoop().unwatch(source);
    }

    /** Whether the loop that runs this stays awake after traffic. */
    public static boolean lasts() {
        return LoopStrategy.ofThisLoop().spins();
    }

    /** Bytes came or went on the loop that runs this: it stays awake for a while. */
    static void traffic() {
        LoopStrategy.traffic();
    }

    private static final class SpinningEpoll extends EpollTransport {
        private final long spinNanos;

        SpinningEpoll(long spinNanos) {
            this.spinNanos = spinNanos;
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return EpollIoHandler.newFactory(0, () -> new LoopStrategy(spinNanos));
        }
    }
}
