package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for links. One port takes control and bulk connections; the first eight bytes tell which. TLS has verified
 * the peer before any byte gets here: whoever fails the handshake reaches no decoder.
 */
public final class LinkServer {
    /** The longest ticket a bulk connection may present. */
    public static final int TICKET_BYTES_MAX = 256;

    private static final Logger log = LoggerFactory.getLogger(LinkServer.class);
    private static final int OPENING_SECONDS = 10;
    private static final AtomicInteger FREE_PORTS = new AtomicInteger();

    private final VertxInternal vertx;
    private final LinkOptions options;
    private final Acceptor acceptor;
    private final RefusalLog refusals = new RefusalLog(log::warn);
    // one an event loop, all on one port
    private final List<NetServer> servers = new CopyOnWriteArrayList<>();
    private final OpenLinks links = new OpenLinks();

    private LinkServer(Vertx vertx, LinkOptions options, Acceptor acceptor) {
        this.vertx = (VertxInternal) vertx;
        this.options = options;
        this.acceptor = acceptor;
    }

    /**
     * Starts listening on one event loop.
     *
     * @param tls listener options that already say whom to trust and what to show; host and port included
     */
    public static Future<LinkServer> listen(Vertx vertx, NetServerOptions tls, LinkOptions options, Acceptor acceptor) {
        return listen(vertx, tls, options, acceptor, 1);
    }

    /** As {@link #listen(Vertx, NetServerOptions, LinkOptions, Acceptor)}; the loops get the connections in turn. */
    public static Future<LinkServer> listen(
            Vertx vertx, NetServerOptions tls, LinkOptions options, Acceptor acceptor, int loops) {
        LinkServer links = new LinkServer(vertx, options, acceptor);
        // servers that name the same port share it; a negative one stands for any free port
        NetServerOptions shared = tls.getPort() == 0 ? new NetServerOptions(tls).setPort(freePort()) : tls;
        Future<Void> listening = links.listen(shared);
        for (int loop = 1; loop < loops; loop++) {
            listening = listening.compose(first -> links.listen(shared));
        }
        return listening.map(links).onFailure(failed -> links.close());
    }

    private static int freePort() {
        return FREE_PORTS.updateAndGet(last -> last == Integer.MIN_VALUE ? -1 : last - 1);
    }

    /** A loop of its own takes its share of the connections: Vert.x gives all of one server's to one loop. */
    private Future<Void> listen(NetServerOptions tls) {
        ContextInternal context = vertx.createEventLoopContext();
        Promise<Void> promise = context.promise();
        context.runOnContext(go -> {
            NetServer server = vertx.createNetServer(tls);
            server.connectHandler(this::accept);
            server.exceptionHandler(
                    cause -> refusals.refused("a connection was refused: " + TlsOptions.reason(cause), ""));
            servers.add(server);
            server.listen().<Void>mapEmpty().onComplete(promise);
        });
        return promise.future();
    }

    /** The port, also when 0 was asked for. */
    public int port() {
        return servers.getFirst().actualPort();
    }

    /** Stops listening and ends what was accepted. */
    public Future<Void> close() {
        return Future.all(servers.stream().map(NetServer::close).toList())
                .eventually(() -> links.close("this end listens no more"))
                .mapEmpty();
    }

    private void accept(NetSocket socket) {
        new Opening((NetSocketInternal) socket);
    }

    private void control(NetSocketInternal socket) {
        acceptor.control(links.add(new Link(socket.channelHandlerContext(), options, LinkClient.handshake(socket))));
    }

    private void bulk(NetSocketInternal socket, String ticket) {
        BulkLink link = links.add(new BulkLink(socket.channelHandlerContext(), options));
        try {
            acceptor.bulk(link, ticket);
        } catch (LinkException refused) {
            refusals.refused(
                    "a bulk connection was refused: " + refused.getMessage(), ", from " + socket.remoteAddress());
            link.close(refused.getMessage());
        }
    }

    /** Holds the first bytes of a connection until they say what it is; then steps out of the pipeline. */
    private final class Opening extends ChannelInboundHandlerAdapter {
        private static final String NAME = "opening";

        private final NetSocketInternal socket;
        /** Ends with this handler: a timer keeps all that belongs to a connection, a megabyte and more, until it fires. */
        private final ScheduledFuture<?> patience;
        // event loop only
        private @Nullable ByteBuf first;

        Opening(NetSocketInternal socket) {
            this.socket = socket;
            ChannelHandlerContext last = socket.channelHandlerContext();
            last.pipeline().addBefore(last.name(), NAME, this);
            patience = last.executor().schedule(this::giveUp, OPENING_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            if (first == null) {
                first = bytes;
            } else {
                first.writeBytes(bytes);
                bytes.release();
            }
            if (first.readableBytes() < Long.BYTES) {
                return;
            }
            if (first.getLongLE(first.readerIndex()) != Wire.BULK_MAGIC) {
                control(socket);
                stepOut(context, first);
            } else {
                readTicket(context, first);
            }
        }

        private void readTicket(ChannelHandlerContext context, ByteBuf bytes) {
            int header = 2 * Long.BYTES;
            if (bytes.readableBytes() < header) {
                return;
            }
            long length = bytes.getLongLE(bytes.readerIndex() + Long.BYTES);
            if (length < 1 || length > TICKET_BYTES_MAX) {
                refusals.refused(
                        "a bulk connection's ticket is too long or empty; allowed are 1 to " + TICKET_BYTES_MAX
                                + " bytes",
                        ", not " + Long.toUnsignedString(length) + ", from " + socket.remoteAddress());
                var unused = context.close();
            } else if (bytes.readableBytes() >= header + length) {
                bytes.skipBytes(header);
                bulk(
                        socket,
                        bytes.readCharSequence((int) length, StandardCharsets.UTF_8)
                                .toString());
                stepOut(context, bytes);
            }
        }

        private void stepOut(ChannelHandlerContext context, ByteBuf rest) {
            first = null;
            context.fireChannelRead(rest);
            context.fireChannelReadComplete();
            context.pipeline().remove(this);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            patience.cancel(false);
            if (first != null) {
                first.release();
                first = null;
            }
        }

        private void giveUp() {
            ChannelHandlerContext context =
                    socket.channelHandlerContext().pipeline().context(this);
            if (context != null) {
                refusals.refused(
                        "a connection said nothing for " + OPENING_SECONDS + " s", ", from " + socket.remoteAddress());
                var unused = context.close();
            }
        }
    }
}
