package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.penstock.protocol.identity.Handshake;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Connects links to one kind of peer. A control connection lives on the event loop that asked for it, bulk connections
 * in turn on the others where there are others.
 */
public final class LinkClient implements AutoCloseable {
    private final VertxInternal vertx;
    private final NetClient client;
    private final LinkOptions options;
    private final OpenLinks links = new OpenLinks();

    /** @param tls client options that already say whom to trust and what to show */
    public LinkClient(Vertx vertx, NetClientOptions tls, LinkOptions options) {
        this.vertx = (VertxInternal) vertx;
        this.client = vertx.createNetClient(tls);
        this.options = options;
    }

    /** A control connection, opened for {@code receiver}. Fails when the peer is not the one that TLS was told of. */
    public Future<Link> control(String host, int port, LinkReceiver receiver) {
        return connect(vertx.getOrCreateContext(), host, port, socket -> {
            Link link = links.add(new Link(socket.channelHandlerContext(), options, handshake(socket)));
            link.open(receiver);
            return link;
        });
    }

    /** A bulk connection that has presented its ticket, opened for the sink that is made for it on its event loop. */
    public Future<BulkLink> bulk(String host, int port, String ticket, Function<BulkLink, ChunkSink> sink) {
        byte[] text = ticket.getBytes(StandardCharsets.UTF_8);
        return connect(otherLoop(), host, port, socket -> {
            ChannelHandlerContext channel = socket.channelHandlerContext();
            ByteBuf opening = channel.alloc().directBuffer();
            opening.writeLongLE(Wire.BULK_MAGIC).writeLongLE(text.length).writeBytes(text);
            BulkLink link = links.add(new BulkLink(channel, options));
            var unused = channel.writeAndFlush(opening);
            link.open(sink.apply(link));
            return link;
        });
    }

    /** What the connection's handshake came to; null without TLS. */
    static @Nullable Handshake handshake(NetSocket socket) {
        return socket.isSsl() ? Handshake.of(socket.sslSession()) : null;
    }

    /** Ends every connection made here. */
    @Override
    public void close() {
        var unused = client.close().eventually(() -> links.close("this end connects no more"));
    }

    /** The event loops come in turn: the second is another one, if there is another one. */
    private ContextInternal otherLoop() {
        ContextInternal next = vertx.createEventLoopContext();
        return next.nettyEventLoop().inEventLoop() ? vertx.createEventLoopContext() : next;
    }

    private <T> Future<T> connect(ContextInternal context, String host, int port, Function<NetSocketInternal, T> made) {
        Promise<T> promise = context.promise();
        context.runOnContext(go -> connected(host, port)
                .map((NetSocket socket) -> made.apply((NetSocketInternal) socket))
                .onComplete(promise));
        return promise.future();
    }

    /** Vert.x throws where the client has been closed meanwhile, and whoever waits would hear nothing. */
    private Future<NetSocket> connected(String host, int port) {
        try {
            return client.connect(port, host);
        } catch (IllegalStateException closed) {
            return Future.failedFuture(closed);
        }
    }
}
