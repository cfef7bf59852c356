package io.penstock.appliance.command;

import io.penstock.protocol.identity.IdentityException;
import java.util.List;
import java.util.function.Function;

/** Members as people call them: by the id, which is one member's alone, or by a name that happens to be. */
final class Named {
    private Named() {}

    /** The id of the member meant; an id that nobody has is left to the appliance to refuse. */
    static <T> String one(
            String kind, String named, List<T> members, Function<T, String> id, Function<T, String> name) {
        if (members.stream().anyMatch(member -> id.apply(member).equals(named))) {
            return named;
        }
        List<String> ids = members.stream()
                .filter(member -> name.apply(member).equals(named))
                .map(id)
                .toList();
        if (ids.size() > 1) {
            throw new IdentityException(ids.size() + " " + kind + "s are called " + named + "; name one by its id: "
                    + String.join(", ", ids));
        }
        return ids.isEmpty() ? named : ids.getFirst();
    }
}
