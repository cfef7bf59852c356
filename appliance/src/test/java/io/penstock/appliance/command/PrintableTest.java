package io.penstock.appliance.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PrintableTest {
    @Test
    void namesDoNotGiveTheTerminalOrders() {
        assertThat(Printable.line("vm\u001b[2J\r\nroot\u202etxt\u2028\u0085\u0007"))
                .isEqualTo("vm\uFFFD[2J\uFFFD\uFFFDroot\uFFFDtxt\uFFFD\uFFFD\uFFFD");
        assertThat(Printable.line("DOMAIN\\Zoë 北京, 100 % of €")).isEqualTo("DOMAIN\\Zoë 北京, 100 % of €");
    }
}
