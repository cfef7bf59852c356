/** Tests of the daemon's parts. */
@NullMarked
package io.penstock.gpuserver.daemon;

import org.jspecify.annotations.NullMarked;
