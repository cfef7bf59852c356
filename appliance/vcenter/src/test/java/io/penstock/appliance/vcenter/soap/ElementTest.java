package io.penstock.appliance.vcenter.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.vcenter.VcenterException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a vCenter answers may be hostile. */
class ElementTest {
    private static Element read(String text) {
        return Element.read(text.getBytes(StandardCharsets.UTF_8), "a test");
    }

    @Test
    void elementsAreSoManyAndNoMore() {
        assertThat(read("<a>" + "<b/>".repeat(100_000) + "</a>").children).hasSize(100_000);
        assertThatThrownBy(() -> read("<a>" + "<b/>".repeat(500_000) + "</a>"))
                .isInstanceOf(VcenterException.class)
                .hasMessageContaining("more than 500000 elements");
    }
}
