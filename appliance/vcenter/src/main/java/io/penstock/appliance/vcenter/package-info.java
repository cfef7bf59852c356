/**
 * How to talk to a vCenter: its certificate, sessions, inventory, extension record, tasks and events, in small types of our
 * own. Calls block and are meant for virtual threads; each has a time limit. Nothing here knows the pool, HTTP servers or SQL.
 */
@NullMarked
package io.penstock.appliance.vcenter;

import org.jspecify.annotations.NullMarked;
