/** Instructions to bytecode: each becomes one call of a loop over a warp's lanes. */
@NullMarked
package io.penstock.gpuserver.software.ptx.emit;

import org.jspecify.annotations.NullMarked;
