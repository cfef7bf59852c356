/** A worker's session as a client sees it, over real TLS. */
@NullMarked
package io.penstock.gpuserver.worker;

import org.jspecify.annotations.NullMarked;
