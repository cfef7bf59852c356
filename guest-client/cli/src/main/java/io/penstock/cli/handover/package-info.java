/**
 * The guest's half of a hand-over, {@code penstock-enroll}: what stands in guestinfo is anybody's text until the appliance, whose
 * authority it names, has signed; root's service does what the offer says and nothing more.
 */
@NullMarked
package io.penstock.cli.handover;

import org.jspecify.annotations.NullMarked;
