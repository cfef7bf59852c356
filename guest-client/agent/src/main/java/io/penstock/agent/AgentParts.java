package io.penstock.agent;

import io.penstock.protocol.link.LinkOptions;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What every session of an agent shares.
 *
 * @param opener finds workers
 * @param snapshots answers what the GPUs of the lease are and how they fare
 * @param limits bounds of frames and chunks
 * @param notices takes sentences for the person at the terminal
 */
record AgentParts(
        SessionOpener opener, Supplier<Future<String>> snapshots, LinkOptions limits, Consumer<String> notices) {}
