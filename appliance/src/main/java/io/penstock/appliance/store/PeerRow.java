package io.penstock.appliance.store;

import java.time.Instant;

/** A client or a server that was enrolled; a deleted one stays until its last certificate has expired. */
public record PeerRow(
        String id,
        String kind,
        String name,
        boolean enabled,
        boolean deleted,
        Instant enrolled,
        Instant certificateExpires) {}
