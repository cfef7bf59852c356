package io.penstock.appliance.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WebPageTest {
    private static final String HOME = "penstock.home";

    @TempDir
    private Path home;

    @AfterEach
    void forget() {
        System.clearProperty(HOME);
    }

    @Test
    void thePageIsThereWhereTheInstallationHasItsFiles() throws IOException {
        assertThat(WebPage.isThere()).isFalse();
        System.setProperty(HOME, home.toString());
        assertThat(WebPage.isThere()).isFalse();
        Files.createDirectory(home.resolve("ui"));
        assertThat(WebPage.isThere()).isTrue();
    }
}
