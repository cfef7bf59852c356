package io.penstock.appliance.vcenter.discovery;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.LinkState;
import io.penstock.appliance.vcenter.LinkState.Kind;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.soap.PropertyWatch;
import io.penstock.appliance.vcenter.soap.PropertyWatch.Updates;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service account's session with one vCenter, kept alive, and the inventory that it watches. A virtual thread of its own does
 * the work: it connects, logs in, watches, and begins again with growing pauses when that ends. After {@value #REFUSALS_MAX} refused
 * logins, wherever they were, it stops until it gets credentials that were proven, because a vCenter locks accounts. Safe for all
 * threads.
 */
public final class ServiceLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceLink.class);
    private static final int REFUSALS_MAX = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
    private static final Duration PAUSE_MAX = Duration.ofMinutes(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration FAREWELL_MAX = Duration.ofSeconds(2);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(3);

    /** What the link needs to know; replaced as a whole. */
    private record Settings(Thumbprint thumbprint, Credentials credentials, long number) {}

    private final Vertx vertx;
    private final String vcenter;
    private final VcenterAddress address;
    private final LinkListener listener;
    private final AtomicReference<@Nullable VimConnection> connection = new AtomicReference<>();
    private final Thread thread;
    private volatile Settings settings;
    private volatile LinkState state = new LinkState(Kind.CONNECTING, "it is being connected", Instant.now());
    private volatile Inventory inventory;
    private volatile CountDownLatch nudge = new CountDownLatch(1);
    private volatile boolean over;
    private int refusals; // of the present credentials in a row; guarded by this

    // its own thread only
    private Duration pause = PAUSE_MIN;

    private ServiceLink(Vertx vertx, String vcenter, VcenterAddress address, Settings settings, LinkListener listener) {
        this.vertx = vertx;
        this.vcenter = vcenter;
        this.address = address;
        this.settings = settings;
        this.listener = listener;
        this.inventory = Inventory.empty(vcenter);
        this.thread = Thread.ofVirtual().name("vcenter " + address).unstarted(this::run);
    }

    /**
     * Begins to connect and watch.
     *
     * @param vcenter the instance UUID that the vCenter must have
     */
    public static ServiceLink start(
            Vertx vertx,
            String vcenter,
            VcenterAddress address,
            Thumbprint thumbprint,
            Credentials credentials,
            LinkListener listener) {
        ServiceLink link = new ServiceLink(vertx, vcenter, address, new Settings(thumbprint, credentials, 0), listener);
        link.thread.start();
        return link;
    }

    /** How it stands. */
    public LinkState state() {
        return state;
    }

    /** The inventory as it was seen last; empty before the first time. */
    public Inventory inventory() {
        return inventory;
    }

    /** Uses another certificate and other credentials from now on, at once; the credentials were accepted just now. */
    public void replace(Thumbprint thumbprint, Credentials credentials) {
        synchronized (this) {
            refusals = 0;
            settings = new Settings(thumbprint, credentials, settings.number() + 1);
            enter(Kind.CONNECTING, "it is being connected with other settings");
        }
        hurry();
    }

    /** Begins a new session at once, whatever pause was meant; not when the credentials were refused too often. */
    public void retry() {
        synchronized (this) {
            if (refusals >= REFUSALS_MAX) {
                return;
            }
            settings = new Settings(settings.thumbprint(), settings.credentials(), settings.number() + 1);
            enter(Kind.CONNECTING, "it is being connected again");
        }
        hurry();
    }

    /** The vCenter refused these credentials elsewhere than here; it counts all the same. */
    public synchronized void refused(Credentials credentials) {
        if (credentials.equals(settings.credentials())) {
            refusals++;
        }
    }

    /** Whether the vCenter refused the present credentials the last time that they were shown. */
    public synchronized boolean isRefused() {
        return refusals > 0;
    }

    /** Whether they were refused so often that they are not shown any more. */
    public synchronized boolean hasStopped() {
        return refusals >= REFUSALS_MAX;
    }

    private void hurry() {
        leave();
        nudge.countDown();
    }

    /** Ends the session in good manners, but does not wait long for a vCenter that has none. */
    private void leave() {
        VimConnection open = connection.getAndSet(null);
        if (open == null) {
            return;
        }
        Thread farewell = Thread.ofVirtual().start(() -> {
            try {
                open.logout();
            } catch (VcenterException e) {
                LOG.debug("vCenter {} did not take the farewell", address, e);
            } finally {
                open.close();
            }
        });
        try {
            if (!farewell.join(FAREWELL_MAX)) {
                open.close();
            }
        } catch (InterruptedException e) {
            open.close();
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until it is known how the link stands after a change of its settings, but not longer than this. */
    public void awaitSettled(Duration limit) {
        Instant until = Instant.now().plus(limit);
        while (state.kind() == Kind.CONNECTING && Instant.now().isBefore(until)) {
            try {
                Thread.sleep(LOOK_EVERY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /**
     * Does something with the session of the moment.
     *
     * @throws VcenterException what the vCenter said, or that there is no session now and why
     */
    public <T> T call(Function<VimConnection, T> work) {
        VimConnection open = connection.get();
        if (open == null) {
            throw new VcenterException(
                    VcenterException.Kind.UNREACHABLE, "vCenter " + address + " is not connected: " + state.text());
        }
        return work.apply(open);
    }

    // ---- its own thread ----

    private void run() {
        while (!over) {
            CountDownLatch awaited = new CountDownLatch(1);
            nudge = awaited;
            Settings used = settings;
            try {
                if (hasStopped()) {
                    enterRefused("vCenter " + address + " is not asked again");
                } else {
                    watch(used);
                }
            } catch (VcenterException e) {
                synchronized (this) {
                    if (e.kind() == VcenterException.Kind.LOGIN_REFUSED) {
                        refused(used.credentials());
                    }
                    // what fails because other settings took over says nothing about them
                    if (used.number() == settings.number()) {
                        note(e);
                    }
                }
            } catch (Throwable e) { // what an answer did to the heap must not end the watch without a word
                LOG.error("the watch of vCenter {} failed", address, e);
                enter(Kind.UNREACHABLE, "the appliance failed; its log says more");
            }
            if (!over && used.number() == settings.number()) {
                rest(awaited);
            } else {
                pause = PAUSE_MIN;
            }
        }
    }

    private synchronized void accepted(Settings used) {
        if (used.credentials().equals(settings.credentials())) {
            refusals = 0;
        }
    }

    private synchronized void enterRefused(String why) {
        enter(
                Kind.LOGIN_REFUSED,
                "the service account is refused (" + refusals + " of " + REFUSALS_MAX
                        + " tries): give its new password with repair. " + why);
    }

    private void watch(Settings used) {
        try (VimConnection open = VimConnection.open(vertx, address, used.thumbprint(), PATIENCE)) {
            if (!open.about().instanceUuid().equals(vcenter)) {
                throw new VcenterException(
                        VcenterException.Kind.BAD_ANSWER,
                        "at " + address + " is vCenter " + open.about().instanceUuid() + " now, not " + vcenter);
            }
            open.login(used.credentials());
            accepted(used);
            greet(open);
            try (PropertyWatch watch = open.watch(InventoryFold.watched(), WAIT)) {
                InventoryFold fold = new InventoryFold(vcenter);
                take(fold, watch);
                connection.set(open);
                pause = PAUSE_MIN;
                enter(Kind.CONNECTED, "");
                listener.connected(vcenter);
                while (!over && used.number() == settings.number()) {
                    take(fold, watch);
                }
            } finally {
                connection.set(null);
            }
            open.logout();
        }
    }

    private void greet(VimConnection open) {
        try {
            listener.greet(open);
        } catch (VcenterException e) {
            LOG.warn("vCenter {}: {}", address, e.getMessage());
        }
    }

    /** Waits for updates and takes them all in; a set that was cut is completed before anybody sees it. */
    private void take(InventoryFold fold, PropertyWatch watch) {
        boolean news = false;
        boolean complete = false;
        while (!complete) {
            Updates updates = watch.next();
            fold.take(updates.updates());
            news |= !updates.updates().isEmpty();
            complete = updates.complete();
        }
        if (news) {
            inventory = fold.inventory();
            listener.changed();
        }
    }

    private void note(VcenterException failure) {
        if (over) {
            return;
        }
        switch (failure.kind()) {
            case LOGIN_REFUSED -> enterRefused(String.valueOf(failure.getMessage()));
            case CERTIFICATE_DIFFERS, CERTIFICATE_BAD ->
                enter(
                        Kind.CERTIFICATE_CHANGED,
                        failure.getMessage() + ". If its certificate was exchanged, confirm the new one with repair");
            case NOT_AUTHENTICATED -> {
                // the session ended, as after a restart: one new login at once, pauses only if that fails too
                pause = Duration.ZERO;
                enter(Kind.CONNECTING, "the session has ended; it is being connected again");
            }
            default -> enter(Kind.UNREACHABLE, String.valueOf(failure.getMessage()));
        }
    }

    private synchronized void enter(Kind kind, String text) {
        LinkState old = state;
        if (old.kind() != kind || !old.text().equals(text)) {
            state = new LinkState(kind, text, old.kind() == kind ? old.since() : Instant.now());
            if (kind == Kind.CONNECTED) {
                LOG.info("connected with vCenter {}", address);
            } else {
                LOG.warn("vCenter {}: {}: {}", address, kind, text);
            }
            listener.changed();
        }
    }

    private void rest(CountDownLatch awaited) {
        boolean stopped = hasStopped();
        try {
            if (stopped) {
                awaited.await();
            } else {
                // others lost the same vCenter at the same moment
                long jitter = ThreadLocalRandom.current().nextLong(pause.toMillis() / 4 + 1);
                if (awaited.await(pause.toMillis() + jitter, TimeUnit.MILLISECONDS)) {
                    LOG.debug("vCenter {}: the pause is cut short", address);
                }
            }
        } catch (InterruptedException e) {
            over = true;
        }
        Duration longer = pause.isZero() ? PAUSE_MIN : pause.multipliedBy(2);
        pause = longer.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : longer;
        if (stopped) {
            pause = PAUSE_MIN;
        }
    }

    /** Ends the session and the thread, within {@code 5 s}. */
    @Override
    public void close() {
        over = true;
        leave();
        thread.interrupt();
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warn("the watch of vCenter {} did not end within {}", address, CLOSE_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
