package io.penstock.cli;

import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.identity.IdentityException;
import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Turns what went wrong below into a sentence for people and an exit status. */
final class Explanation {
    private static final int STATUS_BAD_REQUEST = 400;
    private static final int STATUS_UNAUTHORIZED = 401;
    private static final int STATUS_FORBIDDEN = 403;
    private static final int ANSWER_SECONDS = 30;

    private Explanation() {}

    /** Waits for an answer from elsewhere; failures come out explained. */
    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw of(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new CommandException(
                    ExitStatus.UNREACHABLE, "no answer within " + ANSWER_SECONDS + " s; run: penstock health");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitStatus.FAILED, "interrupted");
        }
    }

    /** The explanation of any failure. */
    static CommandException of(Throwable cause) {
        return switch (cause) {
            case CommandException explained -> explained;
            case ApplianceException refusal -> appliance(refusal);
            case IdentityException identity -> new CommandException(ExitStatus.NOT_ENROLLED, sentence(identity));
            default -> new CommandException(ExitStatus.FAILED, sentence(cause));
        };
    }

    private static CommandException appliance(ApplianceException refusal) {
        return switch (refusal.code()) {
            case ApplianceException.UNREACHABLE ->
                new CommandException(
                        ExitStatus.UNREACHABLE,
                        sentence(refusal)
                                + (sentence(refusal).endsWith("?") ? " " : ". ")
                                + "Running programs go on without it. To look closer: penstock health");
            case ApplianceException.NO_GPU_FREE ->
                new CommandException(
                        ExitStatus.NO_GPU,
                        "no GPU is free for this request: " + sentence(refusal)
                                + ". Try again later, or ask who holds them (penstock list) to give them back");
            case ApplianceException.NO_SERVER ->
                new CommandException(
                        ExitStatus.NO_GPU,
                        "no GPU is there now: " + sentence(refusal)
                                + ". Start them again (penstock-gpu-server serve); what is wrong with each: penstock health");
            case ApplianceException.NEVER_FITS ->
                new CommandException(
                        ExitStatus.NO_SUCH_GPU,
                        "the pool has no such GPU, and waiting does not help: " + sentence(refusal)
                                + ". Ask for less (-n, -m, -p, --server), or have a GPU server added; what there is:"
                                + " penstock list");
            default -> new CommandException(status(refusal.status()), sentence(refusal));
        };
    }

    /** What of ours a status of HTTP means. */
    private static int status(int answered) {
        return switch (answered) {
            case STATUS_BAD_REQUEST -> ExitStatus.USAGE;
            case STATUS_UNAUTHORIZED, STATUS_FORBIDDEN -> ExitStatus.REFUSED;
            default -> ExitStatus.FAILED;
        };
    }

    private static String sentence(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
