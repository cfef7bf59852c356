package io.penstock.cli.handover;

/** An offer that is not followed; the message goes on after "the offer is not followed:" and says why. */
final class OfferException extends Exception {
    private static final long serialVersionUID = 1;

    OfferException(String message) {
        super(message);
    }
}
