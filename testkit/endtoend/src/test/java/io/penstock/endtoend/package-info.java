/** The whole house looked at from outside: its rooms, its manners, and its programs as processes. */
@NullMarked
package io.penstock.endtoend;

import org.jspecify.annotations.NullMarked;
