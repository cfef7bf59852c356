/** The daemon: verifies leases, keeps workers warm, assigns them and reclaims what they held; never calls CUDA. */
@NullMarked
package io.penstock.gpuserver.daemon;

import org.jspecify.annotations.NullMarked;
