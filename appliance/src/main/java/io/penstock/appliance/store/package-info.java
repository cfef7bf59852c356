/** Persistence and migrations: rows in, rows out, one transaction an operation; no decision is made here. */
@NullMarked
package io.penstock.appliance.store;

import org.jspecify.annotations.NullMarked;
