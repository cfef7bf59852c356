package io.penstock.appliance.vsphere;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.vcenter.VcenterAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees to it that one at a time works upon the registration with a vCenter: two would leave a half of each. The second one is refused
 * and not kept waiting, since what the first one does may make the second one's wish void. Safe for all threads.
 */
final class Turns {
    /** What is going on. */
    private record Turn(String what, String by, Instant since) {}

    private final InstantSource clock;
    private final Map<VcenterAddress, Turn> going = new ConcurrentHashMap<>();

    Turns(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Does the work alone.
     *
     * @param what the work as a participle, such as {@code repaired}
     * @param by who wants it
     * @throws Refusal {@code vcenter_busy}
     */
    <T> T alone(VcenterAddress address, String what, String by, Callable<T> work) throws Exception {
        Turn own = new Turn(what, by, clock.instant());
        Turn other = going.putIfAbsent(address, own);
        if (other != null) {
            throw new Refusal(
                    Reason.CONFLICT,
                    "vcenter_busy",
                    "vCenter " + address + " is being " + other.what() + " by " + other.by() + " since " + other.since()
                            + "; try again when that is done");
        }
        try {
            return work.call();
        } finally {
            going.remove(address, own);
        }
    }
}
