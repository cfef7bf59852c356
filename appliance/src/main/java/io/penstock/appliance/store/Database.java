package io.penstock.appliance.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;

/**
 * The appliance's memory: H2 in one file of the state folder.
 *
 * <p>All work is done by one thread, each piece in a transaction of its own: a decision that reads and then writes is
 * never disturbed, which is what makes the accounting of leases exact.
 */
public final class Database implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 2;
    private static final long WORK_SECONDS_MAX = 30;

    private final JdbcConnectionPool connections;
    private final Jdbi jdbi;

    private Database(JdbcConnectionPool connections) {
        this.connections = connections;
        this.jdbi = Jdbi.create(connections);
    }

    /** Opens the database in this folder, makes it if there is none, and brings its tables up to date. */
    public static Database open(Path folder) {
        String url = "jdbc:h2:file:" + folder.toAbsolutePath().resolve("appliance") + ";DB_CLOSE_ON_EXIT=FALSE";
        JdbcConnectionPool connections = JdbcConnectionPool.create(url, "penstock", "");
        connections.setMaxConnections(CONNECTIONS_MAX);
        Flyway.configure().dataSource(connections).load().migrate();
        return new Database(connections);
    }

    /** The one thread that works on this database. */
    public Worker worker(Vertx vertx) {
        return new Worker(vertx.createSharedWorkerExecutor("store", 1, WORK_SECONDS_MAX, TimeUnit.SECONDS));
    }

    /** Does a piece of work on the calling thread, in a transaction. */
    public <T, E extends Exception> T inTransaction(HandleCallback<T, E> work) throws E {
        return jdbi.inTransaction(work);
    }

    /** Does pieces of work one after the other, away from the event loop. */
    public final class Worker {
        private final WorkerExecutor executor;

        private Worker(WorkerExecutor executor) {
            this.executor = executor;
        }

        /** Does one piece of work in a transaction; a failure undoes it. */
        public <T> Future<T> submit(Work<T> work) {
            return executor.executeBlocking(() -> jdbi.inTransaction(work::with), true);
        }

        /** Ends the thread after the work at hand. */
        public Future<Void> close() {
            return executor.close();
        }
    }

    /** A piece of work. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it with this connection. */
        T with(Handle handle) throws Exception;
    }

    @Override
    public void close() {
        connections.dispose();
    }
}
