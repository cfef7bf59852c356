/**
 * HTTPS to vCenters, whatever is spoken over it: the one certificate that was confirmed, time limits and bounded answers. Nothing
 * here knows a session, a message or a password.
 */
@NullMarked
package io.penstock.appliance.vcenter.https;

import org.jspecify.annotations.NullMarked;
