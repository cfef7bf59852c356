package io.penstock.generator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The generated files that are committed say what the generator says today. */
final class FactsTest {
    private static final String HOW = "to renew: mvn -q -pl protocol/generator compile exec:java@facts";

    @TestFactory
    Stream<DynamicTest> isCurrent() {
        Spec spec = new SpecReader(House.SPEC).read();
        Map<String, String> files = new Facts(spec, House.SPEC).files(House.ROOT);
        return files.entrySet().stream()
                .map(file -> DynamicTest.dynamicTest(
                        file.getKey(),
                        () -> assertThat(text(file.getKey())).as(HOW).isEqualTo(file.getValue())));
    }

    private static String text(String name) throws IOException {
        Path file = House.ROOT.resolve(name);
        return Files.exists(file) ? Files.readString(file) : "missing";
    }
}
