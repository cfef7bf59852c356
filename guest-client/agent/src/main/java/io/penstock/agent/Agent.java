package io.penstock.agent;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.link.LinkOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets programs of this user reach the GPUs of one lease: listens on a Unix socket and gives each process that connects
 * a session with a worker of its own. Safe for all threads; what it does, it does on one event loop.
 */
public final class Agent {
    private static final LinkOptions LIMITS = new LinkOptions(
            Limits.FRAME_BYTES_MAX,
            Limits.BULK_CHUNK_BYTES_MAX,
            LinkOptions.DEFAULT.inFlightBytes(),
            LinkOptions.DEFAULT.pingAfter(),
            LinkOptions.DEFAULT.deadAfter());
    /** A program that comes sooner would find us busy with ourselves. */
    private static final long REHEARSAL_AFTER_MILLIS = 300;

    private static final Path OWN_PROCESS = Path.of("/proc/self");

    private final ContextInternal context;
    private final EventLoop loop;
    private final ServerSessions server;
    private final AgentParts parts;
    private final long ownUser;
    private final LocalEndpoint endpoint;
    private final Path socketParent;
    private final Promise<Void> shown = Promise.promise();

    // event loop only
    private final Set<SessionRelay> sessions = new HashSet<>();
    private SessionCounts finished = SessionCounts.NONE;
    private final BackOff backOff =
            new BackOff(() -> ThreadLocalRandom.current().nextDouble());
    private boolean waiting; // for the moment to show the lease again
    private boolean over; // the lease is
    private boolean closed;
    private boolean came; // a program has
    private @Nullable Rehearsal rehearsal;

    /**
     * Starts listening, and connecting to the lease's server.
     *
     * @param vertx on native epoll, made by {@link io.penstock.protocol.link.Spin}; the sessions live on one of its
     *     event loops, their payload on the others
     * @param socketParent where the socket's folder is made
     * @param notices takes sentences for the person at the terminal
     * @param watch told of each connection to the server and to its workers
     */
    public Agent(
            Vertx vertx,
            Identity identity,
            LeaseHolder lease,
            Path socketParent,
            Consumer<String> notices,
            ConnectionWatch watch)
            throws IOException {
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.loop = context.nettyEventLoop();
        this.ownUser = (Integer) Files.getAttribute(OWN_PROCESS, "unix:uid");
        this.server = new ServerSessions(context, identity, lease::grant, LIMITS, this::cut, watch);
        this.parts = new AgentParts(server, server::snapshot, LIMITS, notices);
        this.socketParent = socketParent;
        this.endpoint = LocalEndpoint.listen(loop, socketParent, this::accept);
        lease.watch(
                grant -> context.runOnContext(now -> server.renewed().onFailure(this::renewalNotTaken)),
                reason -> context.runOnContext(now -> leaseLost(reason)));
        context.runOnContext(now -> server.showLease()
                .onSuccess(taken -> backOff.worked(System.nanoTime()))
                .onFailure(this::firstNotTaken)
                .onComplete(shown));
    }

    /** The lease is shown to its server for the first time; programs may start before, and find it shown. */
    public Future<Void> shown() {
        return shown.future();
    }

    /** What opens from now on shows this successor of our certificate; what is open goes on. */
    public void show(Identity successor) {
        context.runOnContext(now -> {
            if (!closed && !over) {
                server.show(successor).onFailure(this::showAgain);
            }
        });
    }

    /**
     * A program of this environment is about to start: a worker is made ready for it meanwhile, its driver initialised. To be
     * called once, and where starting a worker takes nothing from the program.
     *
     * @param environment all variables that it will have
     */
    public void anticipate(Map<String, String> environment) {
        List<String> variables = environment.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        context.runOnContext(now -> {
            if (!closed && !over) {
                server.anticipate(variables);
            }
        });
    }

    /**
     * A program is about to start and will take a while to come: what its calls will run through is compiled meanwhile, unless it comes at once. To be
     * called once, and where that takes nothing from the program.
     */
    public void rehearse() {
        context.runOnContext(now -> context.owner().setTimer(REHEARSAL_AFTER_MILLIS, late -> {
            if (!closed && !over && !came) {
                rehearsal = Rehearsal.begin(context, ownUser, socketParent);
            }
        }));
    }

    private void endRehearsal() {
        Rehearsal now = rehearsal;
        if (now != null) {
            now.stop();
        }
    }

    /** The path for {@code PENSTOCK_SOCKET}. */
    public Path socket() {
        return endpoint.socket();
    }

    /** What went through all sessions so far. */
    public Future<SessionCounts> counts() {
        return onLoop(() -> sessions.stream().map(SessionRelay::counts).reduce(finished, SessionCounts::plus));
    }

    /** Ends every session, tells their programs why, and stops listening. */
    public Future<SessionCounts> close(String reason) {
        endpoint.close();
        return onLoop(() -> {
            closed = true;
            endRehearsal();
            List.copyOf(sessions).forEach(session -> session.end(reason));
            server.close(reason);
            return finished;
        });
    }

    private <T> Future<T> onLoop(Supplier<T> step) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(now -> promise.complete(step.get()));
        return promise.future();
    }

    private ProgramConnection accept(EpollDomainSocketChannel program) {
        return new ProgramConnection(program, ownUser, parts, this::opened);
    }

    private SessionRelay opened(ProgramConnection program, Channel channel) {
        SessionRelay session = new SessionRelay(loop, program, channel, parts, this::ended);
        sessions.add(session);
        came = true;
        endRehearsal();
        return session;
    }

    private void ended(SessionRelay session) {
        sessions.remove(session);
        finished = finished.plus(session.counts());
    }

    private void cut(String cause, boolean revoked) {
        if (closed || over) {
            return;
        }
        if (revoked) {
            leaseLost("the lease has ended: " + cause);
            return;
        }
        String reason = "the connection to the server ended: " + cause;
        if (!sessions.isEmpty()) {
            parts.notices().accept(reason);
        }
        endAll(reason);
        showLater();
    }

    /** The server takes a lease that no agent stands for to be abandoned, so we come back as soon as it lets us. */
    private void showLease() {
        if (!closed && !over) {
            server.showLease()
                    .onSuccess(taken -> backOff.worked(System.nanoTime()))
                    .onFailure(this::showAgain);
        }
    }

    private void firstNotTaken(Throwable failed) {
        boolean told = failed instanceof SessionRefusedException refusal && refusal.isFinal();
        if (!closed && !over && !told) {
            parts.notices().accept(failed.getMessage());
        }
        showAgain(failed);
    }

    private void showAgain(Throwable failed) {
        if (!(failed instanceof SessionRefusedException refusal)) {
            showLater();
        } else if (refusal.isFinal()) {
            leaseLost("the lease has ended: " + failed.getMessage());
        }
    }

    /** The end of a connection and what was asked on it fail together: one more attempt is enough. */
    private void showLater() {
        if (!closed && !over && !waiting) {
            waiting = true;
            context.owner()
                    .setTimer(
                            backOff.failed(System.nanoTime()).toMillis(),
                            now -> context.runOnContext(go -> {
                                waiting = false;
                                showLease();
                            }));
        }
    }

    private void renewalNotTaken(Throwable failed) {
        if (failed instanceof SessionRefusedException refusal && refusal.isFinal()) {
            leaseLost("the lease has ended: " + failed.getMessage());
        } else if (!closed) {
            parts.notices().accept("the server did not take the renewed lease: " + failed.getMessage());
        }
    }

    /** Nothing brings a lease back: whoever is at work or comes later is told why, and the server is left alone. */
    private void leaseLost(String reason) {
        if (closed || over) {
            return;
        }
        over = true;
        parts.notices().accept(reason);
        endAll(reason);
        server.close(reason);
    }

    private void endAll(String reason) {
        List.copyOf(sessions).forEach(session -> session.end(reason));
    }
}
