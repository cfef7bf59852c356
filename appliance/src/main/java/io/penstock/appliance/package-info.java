/** The appliance put together from its rooms, its configuration and its commands: assembly only, no logic. */
@NullMarked
package io.penstock.appliance;

import org.jspecify.annotations.NullMarked;
