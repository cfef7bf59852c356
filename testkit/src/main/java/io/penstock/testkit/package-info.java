/** Stand-ins and fixtures for tests; nothing that is shipped depends on it. */
@NullMarked
package io.penstock.testkit;

import org.jspecify.annotations.NullMarked;
