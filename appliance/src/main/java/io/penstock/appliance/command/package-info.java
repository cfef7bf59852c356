/** {@code penstock-appliance}: one class a command; each but init and serve asks the running appliance over its REST interface. */
@NullMarked
package io.penstock.appliance.command;

import org.jspecify.annotations.NullMarked;
