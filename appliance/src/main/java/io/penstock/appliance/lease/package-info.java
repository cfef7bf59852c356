/** Granting, renewing, ending and expiring of leases; knows no HTTP. */
@NullMarked
package io.penstock.appliance.lease;

import org.jspecify.annotations.NullMarked;
