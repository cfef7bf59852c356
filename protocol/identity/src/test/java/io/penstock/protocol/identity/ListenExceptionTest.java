package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

final class ListenExceptionTest {
    private static void assertSays(Throwable failure, String... words) {
        assertThat(ListenException.at("10.0.0.1", 7443, failure))
                .hasMessageStartingWith("cannot listen on 10.0.0.1:7443: ")
                .hasMessageContainingAll(words)
                .hasCause(failure)
                .message()
                .doesNotContain("Exception", "error(", "bind");
    }

    @Test
    void aPortThatIsTakenIsOneToChooseAnew() {
        assertSays(new BindException("Address already in use"), "another program listens there", "--port");
        assertSays(
                new IOException("bind(..) failed with error(-98): Address already in use"),
                "another program listens there",
                "--port");
    }

    @Test
    void anAddressOfAnotherMachineIsOneToChooseAnew() {
        assertSays(
                new IOException("bind(..) failed with error(-99): Cannot assign requested address"),
                "no address of this machine",
                "--address");
    }

    @Test
    void aNameThatNobodyKnowsIsOneToChooseAnew() {
        assertSays(new UnknownHostException("10.0.0.1"), "no name server knows that name", "--address");
    }

    @Test
    void aPortThatIsNotForThisUserIsOneToChooseAnew() {
        assertSays(new BindException("Permission denied"), "may not listen on port 7443", "--port");
    }

    @Test
    void anAddressWithColonsStandsInBrackets() {
        assertThat(ListenException.at("::1", 1, new BindException("Address already in use")))
                .hasMessageStartingWith("cannot listen on [::1]:1: ");
    }
}
