package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.SubstituteLoggerFactory;

/** The event loop of a process, from its start to its end. */
@Timeout(20)
final class EventLoopIT {
    @Test
    void itStartsBesideOtherWorkAndLeavesNoThreadBehindThatJavaWouldWaitFor() throws Exception {
        EventLoop.prepare();
        EventLoop.awaitLogging();
        assertThat(LoggerFactory.getILoggerFactory()).isNotInstanceOf(SubstituteLoggerFactory.class);
        EventLoop.start()
                .timer(1, TimeUnit.MILLISECONDS)
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        assertThat(eventLoops()).isNotEmpty();
        EventLoop.stop();
        assertThat(eventLoops()).isEmpty();
    }

    @Test
    void aMistakeThatNobodyCatchesIsNamed() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        BlockingQueue<String> said = new LinkedBlockingQueue<>();
        AppenderBase<ILoggingEvent> listener = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                said.add(event.getFormattedMessage());
            }
        };
        listener.start();
        root.addAppender(listener);
        // the process's only event loop may have been stopped by the other test
        Vertx own = EventLoop.make();
        try {
            own.runOnContext(none -> {
                throw new IllegalStateException("a slip");
            });
            assertThat(said.poll(10, TimeUnit.SECONDS)).contains("java.lang.IllegalStateException: a slip");
        } finally {
            root.detachAppender(listener);
            own.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    private static List<String> eventLoops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("vert.x-eventloop"))
                .toList();
    }
}
