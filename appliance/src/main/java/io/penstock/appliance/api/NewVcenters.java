package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Vsphere;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the appliance connects because somebody says so. Its own administrators may name any address. A user of a vCenter who may manage
 * the pool is not one of them: what the appliance's network reaches is none of his business. He may name the ports that are allowed for
 * vCenters, so many times a minute, and learns of an address where no vCenter can be looked at nothing but that. Safe for all threads.
 */
final class NewVcenters {
    /** How often in a minute the users of all vCenters together may have an address looked at. */
    static final int LOOKS_MAX = 20;

    private static final Duration WHILE = Duration.ofMinutes(1);
    private static final String UNREACHABLE = "vcenter_unreachable";
    private static final Logger LOG = LoggerFactory.getLogger(NewVcenters.class);

    private final List<String> ports;
    private final InstantSource clock;
    private final ArrayDeque<Instant> looks = new ArrayDeque<>(); // guarded by itself

    /** {@code ports} are those that users of a vCenter may name. */
    NewVcenters(List<String> ports, InstantSource clock) {
        this.ports = ports;
        this.clock = clock;
    }

    /** Does what connects to an address, if the caller may have the appliance connect there. */
    <T> Future<T> at(Call call, VcenterAddress address, Supplier<Future<T>> work) {
        if (!(call.caller() instanceof Vsphere user)) {
            return work.get();
        }
        if (!ports.contains(String.valueOf(address.port()))) {
            return Future.failedFuture(new Refusal(
                    Reason.FORBIDDEN,
                    "port_not_allowed",
                    user.shown() + " may add vCenters at port " + String.join(" or ", ports) + ", not " + address.port()
                            + "; an administrator of the appliance may, or can allow it: vcenter-ports in its"
                            + " configuration"));
        }
        if (!hasTurn()) {
            return Future.failedFuture(new Refusal(
                    Reason.LIMITED,
                    "too_many_looks",
                    "users of vCenters may have " + LOOKS_MAX + " addresses looked at in a minute; try again in one"));
        }
        return work.get().recover(failure -> Future.failedFuture(plain(failure, address)));
    }

    private boolean hasTurn() {
        Instant now = clock.instant();
        synchronized (looks) {
            while (!looks.isEmpty() && !now.isBefore(looks.getFirst().plus(WHILE))) {
                looks.removeFirst();
            }
            if (looks.size() >= LOOKS_MAX) {
                return false;
            }
            looks.addLast(now);
            return true;
        }
    }

    /** One sentence whether the name is unknown, the port closed or filtered, or something else answers there. */
    private static Throwable plain(Throwable failure, VcenterAddress address) {
        if (!(failure instanceof Refusal refusal) || !refusal.code().equals(UNREACHABLE)) {
            return failure;
        }
        LOG.info("a user of a vCenter named an address without one: {}", refusal.getMessage());
        return new Refusal(
                Reason.UPSTREAM,
                UNREACHABLE,
                "no vCenter answers at " + address + "; why not stands in the appliance's log");
    }
}
