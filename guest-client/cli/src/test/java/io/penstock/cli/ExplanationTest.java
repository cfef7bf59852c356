package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.identity.IdentityException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ExplanationTest {
    private static void explained(Throwable cause, int status, String... words) {
        CommandException explained = Explanation.of(cause);
        assertThat(explained.status()).isEqualTo(status);
        assertThat(explained.getMessage()).contains(words);
    }

    @Test
    void anApplianceThatDoesNotAnswerIsNamedWithWhatToCheck() {
        explained(
                new ApplianceException("the appliance at https://a:1 cannot be reached: refused", new IOException()),
                ExitStatus.UNREACHABLE,
                "https://a:1",
                "penstock health");
    }

    @Test
    void aFullPoolSaysSoAndWhereToLook() {
        ApplianceException full = new ApplianceException(409, ApplianceException.NO_GPU_FREE, "1 of 1 GPUs is in use");
        explained(full, ExitStatus.NO_GPU, "no GPU is free", "1 of 1 GPUs is in use", "later", "penstock list");
    }

    @Test
    void aPoolWhoseServersAreSilentIsNotSaidToBeHeldBySomebody() {
        ApplianceException silent =
                new ApplianceException(409, ApplianceException.NO_SERVER, "no GPU server answers; known are [a]");
        explained(silent, ExitStatus.NO_GPU, "no GPU server answers", "penstock-gpu-server serve", "penstock health");
    }

    @Test
    void aPoolWithoutSuchAGpuSaysThatWaitingDoesNotHelp() {
        ApplianceException never =
                new ApplianceException(409, ApplianceException.NEVER_FITS, "no server has 5 whole GPUs");
        explained(never, ExitStatus.NO_SUCH_GPU, "no such GPU", "5 whole GPUs", "Ask for less", "penstock list");
    }

    @Test
    void aQuestionIsNotFollowedByASecondOne() {
        explained(
                new ApplianceException("x cannot be reached: is this its port?", new IOException()),
                ExitStatus.UNREACHABLE,
                "is this its port? Running programs go on without it.");
    }

    @Test
    void aValueThatTheApplianceForbidsIsAWrongArgument() {
        explained(
                new ApplianceException(400, "bad_request", "name is 'a b/c'; it must be"),
                ExitStatus.USAGE,
                "name is 'a b/c'");
    }

    @Test
    void aDisabledClientIsARefusal() {
        explained(new ApplianceException(403, "disabled", "client c1 is disabled"), ExitStatus.REFUSED, "disabled");
    }

    @Test
    void aBrokenIdentityMeansEnrollingAgain() {
        explained(new IdentityException("key.pem can be read by others"), ExitStatus.NOT_ENROLLED, "key.pem");
    }

    @Test
    void anythingElseIsOurOwnFailureAndNeverANullText() {
        explained(new NullPointerException(), ExitStatus.FAILED, "NullPointerException");
    }
}
