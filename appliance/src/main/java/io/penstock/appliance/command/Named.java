package io.penstock.appliance.command;

import io.penstock.protocol.identity.IdentityException;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Members as people call them: by the id, which is one member's alone, or by a name that happens to be. */
final class Named {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"); // the contract's

    private Named() {}

    /**
     * The id of the member meant; one that nobody has now is left to the appliance to refuse.
     *
     * @throws IdentityException where several have the name, or nobody can have the id
     */
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
        return ids.isEmpty() ? possible(kind, named) : ids.getFirst();
    }

    /**
     * An id that something could have, so that it may stand in a path of the interface.
     *
     * @throws IdentityException saying what ids look like
     */
    static String possible(String kind, String id) {
        if (!ID.matcher(id).matches()) {
            throw new IdentityException(
                    "there is no " + kind + " '" + id + "': an id has 1 to 64 letters, digits, '.', '_'"
                            + " and '-', the first a letter or digit; penstock-appliance " + kind
                            + " list shows those there are");
        }
        return id;
    }
}
