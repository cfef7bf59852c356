package io.penstock.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemons' logs, as their own configurations write them, with words in them that somebody chose to mislead. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"appliance", "gpu-server"})
final class LogLinesTest {
    private static final String FORGED = "2026-01-01T00:00:00.000Z INFO  audit: signIn by administrator: done";

    @Parameter
    private String daemon = "";

    private List<String> written(String message, @Nullable Throwable failure, Object... words) throws Exception {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(
                LogLinesTest.class.getResource("/penstock-" + daemon + "-logback.xml"), "the configuration"));
        var root = context.getLogger("ROOT");
        Encoder<ILoggingEvent> encoder = ((ConsoleAppender<ILoggingEvent>) root.getAppender("STDERR")).getEncoder();
        LoggingEvent event = new LoggingEvent("here", context.getLogger("audit"), Level.INFO, message, failure, words);
        event.setInstant(Instant.parse("2026-07-01T23:59:58.007Z"));
        String text = new String(encoder.encode(event), StandardCharsets.UTF_8);
        assertThat(text).endsWith("\n");
        return List.of(text.split("\n"));
    }

    @Test
    void timeIsUtcWhereverTheMachineIs() throws Exception {
        TimeZone here = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
        try {
            assertThat(written("hello", null)).containsExactly("2026-07-01T23:59:58.007Z INFO  audit: hello");
        } finally {
            TimeZone.setDefault(here);
        }
    }

    @Test
    void nameThatHoldsALineIsOneLine() throws Exception {
        List<String> lines = written("VM {} by {}", null, "a\r\n" + FORGED, "alice\u001b[2K\u2028\u0085b\u202eecila");
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst())
                .contains("audit: VM a\uFFFD\uFFFD2026-01-01", "by alice\uFFFD[2K\uFFFD\uFFFDb\uFFFDecila");
    }

    @Test
    void ordinaryNamesAreWrittenAsTheyAre() throws Exception {
        assertThat(written("{} by {}", null, "ml 1 (Zoë)", "VSPHERE.LOCAL\\Administrator")
                        .getFirst())
                .endsWith("INFO  audit: ml 1 (Zoë) by VSPHERE.LOCAL\\Administrator");
    }

    @Test
    void failureWhoseTextHoldsALineStandsApart() throws Exception {
        List<String> lines = written("failed", new IllegalStateException("broken\n" + FORGED + "\r" + FORGED));
        assertThat(lines.getFirst()).endsWith("audit: failed");
        assertThat(lines).contains("    java.lang.IllegalStateException: broken", "    " + FORGED + "\uFFFD" + FORGED);
        assertThat(lines.subList(1, lines.size()))
                .allSatisfy(line -> assertThat(line).startsWith("    ").doesNotContain("\r"));
    }
}
