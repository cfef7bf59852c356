package io.penstock.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.Commands.Outcome;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code penstock-appliance vcenter}, as an administrator types it. */
@Tag("vcenter")
class VcenterCommandIT extends VcenterHouse {
    private static final String PASSWORDS = Vcsim.PASSWORD + "\nservice-password\n";

    private Commands commands() {
        return new Commands(house.state);
    }

    private String host() {
        return "127.0.0.1:" + vcsim.port();
    }

    private String thumbprint() {
        return Thumbprint.of(certificate.certificate()).toString();
    }

    private Outcome add(String input, String... more) throws Exception {
        String[] arguments = {
            "vcenter",
            "add",
            host(),
            "--user",
            Vcsim.ADMINISTRATOR,
            "--password-file",
            "-",
            "--service-user",
            SERVICE,
            "--service-password-file",
            "-"
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return commands().runWith(input, all);
    }

    @Test
    void addsChecksRepairsAndRemoves() throws Exception {
        Outcome added = add(PASSWORDS, "--thumbprint", thumbprint());
        assertThat(added.status()).as(added.text()).isZero();
        assertThat(added.text()).contains(vcsim.instanceUuid(), "8.0.3.0").doesNotContain("-password");
        eventually(vcenter -> vcenter.getString("state").equals("connected"), "/v1/vcenters", "vcenters");
        assertThat(commands().run("vcenter", "list").text()).contains("127.0.0.1", "connected", SERVICE);
        assertThat(commands().run("vcenter", "list", "--json").text()).startsWith("[");

        Outcome checked = commands().run("vcenter", "check", "127.0.0.1");
        assertThat(checked.status()).as(checked.text()).isZero();
        assertThat(checked.text()).contains("HOLDS", "UNKNOWN").doesNotContain("BROKEN");

        TestCertificate next = TestCertificate.of(folder, "next", List.of("127.0.0.1"));
        vcsim.control(
                "POST",
                "/certificate",
                new JsonObject()
                        .put("cert", next.certificateFile().toString())
                        .put("key", next.keyFile().toString()));
        eventually(vcenter -> vcenter.getString("state").equals("certificate_changed"), "/v1/vcenters", "vcenters");
        Outcome broken = commands().run("vcenter", "check", "127.0.0.1");
        assertThat(broken.status()).isEqualTo(1);
        assertThat(broken.text()).contains("BROKEN", "certificate", "thumbprint");
        certificate = next;
        Outcome repaired = commands().run("vcenter", "repair", vcsim.instanceUuid(), "--thumbprint", thumbprint());
        assertThat(repaired.status()).as(repaired.text()).isZero();

        Path file = Files.writeString(folder.resolve("password"), Vcsim.PASSWORD + "\n");
        Outcome removed = commands()
                .run(
                        "vcenter",
                        "remove",
                        "127.0.0.1",
                        "--user",
                        Vcsim.ADMINISTRATOR,
                        "--password-file",
                        file.toString());
        assertThat(removed.status()).as(removed.text()).isZero();
        assertThat(commands().run("vcenter", "check", "127.0.0.1").text()).contains("there is no vCenter 127.0.0.1");
    }

    @Test
    void saysWhatIsMissingOrWrong() throws Exception {
        // no thumbprint and nobody to ask
        Outcome unconfirmed = add(PASSWORDS);
        assertThat(unconfirmed.status()).isEqualTo(2);
        assertThat(unconfirmed.text()).contains(thumbprint(), "127.0.0.1", "was not confirmed");
        assertThat(add("", "--thumbprint", thumbprint()).text())
                .contains("there is no password of " + Vcsim.ADMINISTRATOR);
        assertThat(add(Vcsim.PASSWORD + "\n", "--thumbprint", thumbprint()).text())
                .contains("there is no password of " + SERVICE);
        Outcome wrong = add("wrong\nservice-password\n", "--thumbprint", thumbprint());
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.text()).contains(Vcsim.ADMINISTRATOR, "InvalidLogin").doesNotContain("service-password");
        assertThat(commands()
                        .run("vcenter", "add", host(), "--service-user", SERVICE)
                        .text())
                .contains("--user is missing");
        assertThat(commands()
                        .run("vcenter", "add", host(), "--user", "x", "--service-user", "y", "--thumbprint", "z")
                        .text())
                .contains("no terminal", "--password-file");
        assertThat(commands()
                        .run("vcenter", "add", "vc:port", "--user", "x", "--service-user", "y")
                        .text())
                .contains("'vc:port' is not HOST or HOST:PORT");
    }

    @Test
    void passwordResetPrintsALink() throws Exception {
        Outcome reset = commands().run("password", "reset");
        assertThat(reset.status()).as(reset.text()).isZero();
        assertThat(reset.text()).contains("https://127.0.0.1:", "/ui/#/set-up/");
    }
}
