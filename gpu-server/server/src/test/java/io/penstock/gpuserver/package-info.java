/** The server as processes: a daemon with its workers, over real sockets. */
@NullMarked
package io.penstock.gpuserver;

import org.jspecify.annotations.NullMarked;
