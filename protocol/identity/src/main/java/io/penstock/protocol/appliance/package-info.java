/**
 * The appliance's REST interface as its callers see it: one client and the records that travel.
 *
 * <p>{@code openapi.yaml} of the appliance is the contract; each record here is one of its schemas, and reads and writes
 * its own JSON. No decision is made here.
 */
@NullMarked
package io.penstock.protocol.appliance;

import org.jspecify.annotations.NullMarked;
