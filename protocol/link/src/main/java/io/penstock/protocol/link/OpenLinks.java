package io.penstock.protocol.link;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The links of one listener or connector that are not over: their sockets are no longer Vert.x's to close. Any thread. */
final class OpenLinks {
    private final Map<Closing, Promise<Void>> links = new ConcurrentHashMap<>();

    /** One of them. */
    interface Closing {
        /** Ends it without a word. Any thread. */
        void cut(String reason);

        /** Runs when it is over, after its owner was told. Event loop. */
        void whenOver(Runnable task);
    }

    /** Remembers a link until it is over. Its event loop. */
    <T extends Closing> T add(T link) {
        Promise<Void> over = Promise.promise();
        links.put(link, over);
        link.whenOver(() -> {
            links.remove(link);
            over.complete();
        });
        return link;
    }

    /** Ends all of them; completes when they are over. */
    Future<Void> close(String reason) {
        List<Future<Void>> ends = links.values().stream().map(Promise::future).toList();
        links.keySet().forEach(link -> link.cut(reason));
        return Future.all(ends).mapEmpty();
    }
}
