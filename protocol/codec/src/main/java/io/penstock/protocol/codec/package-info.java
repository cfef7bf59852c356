/** Frames, limits and the reading and writing of call bodies: bytes only, no sockets, no threads, no logging. */
@NullMarked
package io.penstock.protocol.codec;

import org.jspecify.annotations.NullMarked;
