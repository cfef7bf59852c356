/** A grid at work: warps of 32 lanes, blocks that take turns at barriers, memory that is checked before it is touched. */
@NullMarked
package io.penstock.gpuserver.software.ptx.run;

import org.jspecify.annotations.NullMarked;
