/** Tells those who wait that something changed, by versions; what changed is read elsewhere. */
@NullMarked
package io.penstock.appliance.feed;

import org.jspecify.annotations.NullMarked;
