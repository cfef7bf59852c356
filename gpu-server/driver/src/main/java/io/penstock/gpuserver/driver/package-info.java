/**
 * The one room with JNA: native libraries as Java interfaces in C vocabulary, every pointer a {@code long} address.
 *
 * <p>Nothing here decides anything. Names and argument order are C's, results are C's codes, and no JNA type leaves the
 * package. What reads or writes native memory goes through {@link io.penstock.gpuserver.driver.NativeMemory}.
 */
@NullMarked
package io.penstock.gpuserver.driver;

import org.jspecify.annotations.NullMarked;
