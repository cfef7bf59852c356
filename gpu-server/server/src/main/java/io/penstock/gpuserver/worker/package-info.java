/** The worker process: assembly of one session and its end; a worker serves one client process and dies with it. */
@NullMarked
package io.penstock.gpuserver.worker;

import org.jspecify.annotations.NullMarked;
