package io.penstock.appliance.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedTest {
    private record Member(String id, String name) {}

    private static final List<Member> MEMBERS =
            List.of(new Member("a-1", "a"), new Member("b-1", "b"), new Member("b-2", "b"), new Member("b", "c"));

    private static String one(String named) {
        return Named.one("client", named, MEMBERS, Member::id, Member::name);
    }

    @Test
    void memberIsFoundByItsIdOrItsName() {
        assertThat(one("a-1")).isEqualTo("a-1");
        assertThat(one("a")).isEqualTo("a-1");
    }

    @Test
    void idGoesBeforeName() {
        assertThat(one("b")).isEqualTo("b");
    }

    @Test
    void nameOfSeveralIsRefusedWithTheirIds() {
        List<Member> twins = List.of(new Member("b-1", "b"), new Member("b-2", "b"));
        assertThatThrownBy(() -> Named.one("client", "b", twins, Member::id, Member::name))
                .hasMessageContaining("2 clients are called b")
                .hasMessageContaining("b-1, b-2");
    }

    @Test
    void unknownIsLeftToTheAppliance() {
        assertThat(one("z")).isEqualTo("z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/../b", "..", "-a", "ä", "x?y", "a%20b"})
    void whatNobodyCanBeCalledGoesIntoNoPath(String named) {
        assertThatThrownBy(() -> one(named))
                .hasMessageStartingWith("there is no client '" + named + "': an id has 1 to 64 letters")
                .hasMessageEndingWith("penstock-appliance client list shows those there are");
        assertThatThrownBy(() -> Named.possible("lease", named)).hasMessageContaining("penstock-appliance lease list");
    }
}
