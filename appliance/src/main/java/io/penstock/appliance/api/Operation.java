package io.penstock.appliance.api;

import io.vertx.core.Future;

/** What an operation of the contract does; a failure that is no refusal is a fault of ours. */
@FunctionalInterface
interface Operation {
    /** Does it. */
    Future<Answer> answer(Call call);
}
