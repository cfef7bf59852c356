package io.penstock.agent;

import io.penstock.protocol.link.LinkOptions;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * What every session of an agent shares.
 *
 * @param opener finds workers
 * @param limits bounds of frames and chunks
 * @param launches which call numbers launch work on a GPU
 * @param notices takes sentences for the person at the terminal
 */
record AgentParts(SessionOpener opener, LinkOptions limits, IntPredicate launches, Consumer<String> notices) {}
