package io.penstock.appliance.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PasswordHashTest {
    @Test
    void knowsItsPasswordOnly() {
        String kept = PasswordHash.of("correct horse");
        assertThat(kept).startsWith("$argon2id$v=19$m=19456,t=4,p=1$");
        assertThat(PasswordHash.matches("correct horse", kept)).isTrue();
        assertThat(PasswordHash.matches("correct horsf", kept)).isFalse();
        assertThat(PasswordHash.of("correct horse")).isNotEqualTo(kept);
    }

    /** A hash that the reference implementation made: {@code echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1}. */
    @Test
    void readsWhatTheReferenceImplementationWrites() {
        String kept = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assertThat(PasswordHash.matches("password", kept)).isTrue();
        assertThat(PasswordHash.matches("Password", kept)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$AAAA"})
    void refusesWhatItDidNotMake(String kept) {
        assertThatIllegalStateException().isThrownBy(() -> PasswordHash.matches("x", kept));
    }
}
