/**
 * Moves frames between programs on this machine and their workers; reads headers only and trusts no program's memory.
 *
 * <p>One event loop owns everything here: a doorbell, the draining of a ring and the write to the worker happen on it
 * without a change of thread. The client's key and lease live here and are never shown to a program.
 */
@NullMarked
package io.penstock.agent;

import org.jspecify.annotations.NullMarked;
