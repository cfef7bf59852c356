package io.penstock.appliance;

import io.penstock.appliance.lease.LeaseTerms;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.protocol.config.Durations;
import io.penstock.protocol.config.Ports;
import java.time.Duration;
import java.util.List;

/**
 * The appliance's configuration, {@code appliance.yaml} or {@code appliance.properties} in the state folder.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 takes a free one
 * @param placement what placement prefers; taken over from a changed file without a restart
 * @param serverSilenceMax a server that was silent for longer gets no new leases
 * @param certificateLife of clients', servers' and the appliance's certificates
 * @param lease how long leases last
 * @param vcenterPorts the ports of vCenters that users of a vCenter may add; the appliance's own administrators add any
 */
public record ApplianceConfig(
        String host,
        int port,
        PlacementPolicy placement,
        Duration serverSilenceMax,
        Duration certificateLife,
        LeaseTerms lease,
        List<String> vcenterPorts) {
    /** The port where nothing else is said. */
    public static final int DEFAULT_PORT = 7443;

    private static final String VCENTER_PORT = "443";
    private static final Duration CERTIFICATE_LIFE_MIN = Duration.ofMinutes(1);

    /** Checks the ranges. */
    public ApplianceConfig {
        Ports.require("port", port);
        if (certificateLife.compareTo(CERTIFICATE_LIFE_MIN) < 0) {
            throw new IllegalArgumentException("certificate-life is " + Durations.text(certificateLife) + "; at least "
                    + Durations.text(CERTIFICATE_LIFE_MIN));
        }
        if (serverSilenceMax.isNegative() || serverSilenceMax.isZero()) {
            throw new IllegalArgumentException(
                    "server-silence-max is " + Durations.text(serverSilenceMax) + "; above 0");
        }
        vcenterPorts.forEach(ApplianceConfig::requirePort);
    }

    private static void requirePort(String text) {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > Ports.MAX) {
            throw new IllegalArgumentException(
                    "vcenter-ports has '" + text + "', which is not between 1 and " + Ports.MAX);
        }
    }

    /** The values where nothing else is said. */
    public static ApplianceConfig defaults() {
        return new ApplianceConfig(
                "0.0.0.0",
                DEFAULT_PORT,
                PlacementPolicy.PACK,
                Duration.ofSeconds(15),
                Duration.ofDays(30),
                new LeaseTerms(Duration.ofHours(1), Duration.ofSeconds(15)),
                List.of(VCENTER_PORT));
    }

    /** The same but for the listener. */
    public ApplianceConfig listeningOn(String otherHost, int otherPort) {
        return new ApplianceConfig(
                otherHost, otherPort, placement, serverSilenceMax, certificateLife, lease, vcenterPorts);
    }
}
