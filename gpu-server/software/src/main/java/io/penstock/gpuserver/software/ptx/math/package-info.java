/** One lane's arithmetic as pure functions of numbers; where PTX says how a value is rounded, it is rounded so. */
@NullMarked
package io.penstock.gpuserver.software.ptx.math;

import org.jspecify.annotations.NullMarked;
