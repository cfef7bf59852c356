/** One client process's session in its worker: order, waiting, payloads and errors; no sockets but links, no JNA. */
@NullMarked
package io.penstock.gpuserver.session;

import org.jspecify.annotations.NullMarked;
