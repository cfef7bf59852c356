/** Who a person is and what that person may do: the administrator's password, web sessions, privileges. No HTTP here. */
@NullMarked
package io.penstock.appliance.signin;

import org.jspecify.annotations.NullMarked;
