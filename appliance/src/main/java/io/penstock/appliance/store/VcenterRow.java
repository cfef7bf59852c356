package io.penstock.appliance.store;

import java.time.Instant;

/**
 * A vCenter that the appliance belongs to.
 *
 * @param id its instance UUID
 * @param thumbprint SHA-256 of the certificate that was confirmed
 * @param servicePassword sealed
 */
public record VcenterRow(
        String id,
        String name,
        String host,
        int port,
        String thumbprint,
        String serviceUser,
        String servicePassword,
        String version,
        String apiVersion,
        Instant added) {}
