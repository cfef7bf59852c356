/** The GPU server's command line, configuration and assembly; no logic. */
@NullMarked
package io.penstock.gpuserver;

import org.jspecify.annotations.NullMarked;
