package io.penstock.appliance.signin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.vcenter.registration.PluginRecord;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class PrivilegeTest {
    private static final Pattern GUARDED = Pattern.compile("x-privilege: ([A-Za-z]+)");

    @Test
    void whatCanBeGrantedGuardsSomethingAndWhatIsGuardedCanBeGranted() throws Exception {
        String contract;
        try (InputStream file =
                Objects.requireNonNull(PrivilegeTest.class.getResourceAsStream("/openapi.yaml"), "the contract")) {
            contract = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        Set<String> guarding =
                GUARDED.matcher(contract).results().map(found -> found.group(1)).collect(Collectors.toSet());
        assertThat(Privilege.words(Privilege.all()))
                .containsExactlyElementsOf(PluginRecord.PRIVILEGES)
                .containsExactlyInAnyOrderElementsOf(guarding);
    }
}
