/**
 * The servers and their GPUs, and where a lease goes: decisions are pure functions over snapshots; no I/O, and time comes
 * in as a value.
 */
@NullMarked
package io.penstock.appliance.pool;

import org.jspecify.annotations.NullMarked;
