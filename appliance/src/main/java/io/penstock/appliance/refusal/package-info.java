/** The one way in which an operation of the appliance says no; knows no HTTP. */
@NullMarked
package io.penstock.appliance.refusal;

import org.jspecify.annotations.NullMarked;
