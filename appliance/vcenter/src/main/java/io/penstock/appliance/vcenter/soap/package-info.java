/**
 * SOAP over a connection of its own for each vCenter: the only room that knows yavijava. Its marshalling and its signatures are
 * used; its HTTP, its TLS and its reader are not (docs/decisions/0014).
 */
@NullMarked
package io.penstock.appliance.vcenter.soap;

import org.jspecify.annotations.NullMarked;
