package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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

    private static List<String> eventLoops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("vert.x-eventloop"))
                .toList();
    }
}
