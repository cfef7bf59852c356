/** Frames and payload chunks over mutual TLS: moves bytes, bounds them, keeps the peer alive; knows no CUDA call. */
@NullMarked
package io.penstock.protocol.link;

import org.jspecify.annotations.NullMarked;
