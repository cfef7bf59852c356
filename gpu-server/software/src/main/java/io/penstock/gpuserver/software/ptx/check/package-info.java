/** Names to things: registers, variables, functions and types; what contradicts itself is refused here. */
@NullMarked
package io.penstock.gpuserver.software.ptx.check;

import org.jspecify.annotations.NullMarked;
