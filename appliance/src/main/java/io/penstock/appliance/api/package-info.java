/**
 * The REST interface: {@code openapi.yaml} says which operations there are, who may call them and what they take; the
 * classes here turn calls into work of the other rooms. No SQL, no placement.
 */
@NullMarked
package io.penstock.appliance.api;

import org.jspecify.annotations.NullMarked;
