/** The shape of a function: basic blocks, where diverged lanes meet again, and which registers are live where. */
@NullMarked
package io.penstock.gpuserver.software.ptx.flow;

import org.jspecify.annotations.NullMarked;
