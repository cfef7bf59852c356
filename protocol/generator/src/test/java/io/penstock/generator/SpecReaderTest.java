package io.penstock.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A slip in the description is found where it is, not where it hurts. */
final class SpecReaderTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.walk(House.SPEC)) {
            for (Path file : files.toList()) {
                Path target = folder.resolve(House.SPEC.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private void replace(String file, String from, String to) throws IOException {
        Path path = folder.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(from);
        Files.writeString(path, text.replace(from, to));
    }

    @Test
    void authorMisspellsKey() throws IOException {
        replace("calls/event.yaml", "- call: cuEventRecord\n  mode: posted", "- call: cuEventRecord\n  mood: posted");
        assertThatThrownBy(() -> new SpecReader(folder).read())
                .hasMessage("event.yaml: cuEventRecord: unknown key 'mood'");
    }

    @Test
    void authorForgetsNumber() throws IOException {
        replace("numbers.yaml", "cuEventRecord:", "cuEventRecorded:");
        assertThatThrownBy(() -> new SpecReader(folder).read())
                .hasMessage("event.yaml: cuEventRecord: has no number in numbers.yaml");
    }

    @Test
    void authorInsertsNumberInsteadOfAppending() throws IOException {
        replace("numbers.yaml", "cuEventQuery:", "cuInserted: 4711\ncuEventQuery:");
        assertThatThrownBy(() -> new SpecReader(folder).read())
                .hasMessageStartingWith("numbers.yaml: cuEventQuery has ")
                .hasMessageEndingWith("after 4711: numbers are appended, never inserted");
    }

    @Test
    void authorInventsType() throws IOException {
        replace("calls/memset.yaml", "type: devptr", "type: pointer");
        assertThatThrownBy(() -> new SpecReader(folder).read())
                .hasMessageStartingWith("memset.yaml: ")
                .hasMessageEndingWith("unknown type 'pointer'");
    }

    @Test
    void authorNamesTagThatIsNoField() throws IOException {
        replace("structs.yaml", "tag: resType", "tag: kind");
        Struct struct = new SpecReader(folder).read().struct("CUDA_RESOURCE_DESC");
        assertThatThrownBy(() -> new StructHandles(struct).toNative("desc"))
                .hasMessage("struct CUDA_RESOURCE_DESC has no field kind");
    }

    @Test
    void commentsAndReasonsDoNotChangeTheHash() throws IOException {
        byte[] before = new SpecReader(folder).read().hash();
        replace("calls/memory.yaml", "managed memory", "MANAGED memory");
        assertThat(new SpecReader(folder).read().hash()).isEqualTo(before);
    }

    @Test
    void anotherTypeChangesTheHash() throws IOException {
        byte[] before = new SpecReader(folder).read().hash();
        replace("calls/event.yaml", "type: 'handle:event'", "type: u64");
        assertThat(new SpecReader(folder).read().hash()).isNotEqualTo(before);
    }
}
