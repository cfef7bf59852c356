/** Executes calls: decode, translate handles, issue, encode; no sockets and no configuration. */
@NullMarked
package io.penstock.gpuserver.call;

import org.jspecify.annotations.NullMarked;
