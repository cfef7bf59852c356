/** Reads the description of the driver's calls, checks it, and writes from it everything both ends must agree on. */
@NullMarked
package io.penstock.generator;

import org.jspecify.annotations.NullMarked;
