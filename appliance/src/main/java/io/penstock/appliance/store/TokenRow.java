package io.penstock.appliance.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An enrolment token: only the hash of its secret. */
public record TokenRow(
        String id,
        String kind,
        @Nullable String name,
        String secretHash,
        Instant expires,
        @Nullable String usedBy) {}
