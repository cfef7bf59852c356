package io.penstock.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The manners of the tracked files, read like any other data. */
final class TidyTest {
    private static final long TREE_BYTES_MAX = 12L << 20;
    private static final int FILE_LINES_MAX = 500;
    private static final Pattern UNFINISHED =
            Pattern.compile("\\b(" + "TO" + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b(?!.*#\\d+)");
    private static final Pattern COMMENTED_OUT =
            Pattern.compile("^\\s*(//|#)\\s*(.*[;{]|(if|for|while) *\\(.*|return\\b.*;|\\}.*)\\s*$");
    private static final Pattern MACHINE = Pattern.compile("(?<![\\w.~$}])/(" + "work|root|farm" + ")/");
    private static final Pattern REGISTRY = Pattern.compile(
            "(repo1?\\.maven|files\\.pythonhosted|pypi\\.org|registry\\.npmjs|proxy\\.golang|deb\\.debian|static\\.crates)");
    private static final Pattern RAW_MESSAGE =
            Pattern.compile("(?<!%replace\\()%(m|msg|message)\\b|(?<!%replace\\()%(ex|exception|throwable)\\b");
    private static final Set<String> CODE = Set.of("java", "c", "h", "cu", "py", "sh", "ts");

    private static Path root;
    private static List<Path> tracked;

    @BeforeAll
    static void listTheTrackedFiles() throws IOException, InterruptedException {
        root = house(Path.of("").toAbsolutePath());
        Process git = new ProcessBuilder("git", "ls-files", "-z")
                .directory(root.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(git.waitFor()).as("git ls-files").isZero();
        tracked = Stream.of(names.split("\0"))
                .map(root::resolve)
                .filter(Files::isRegularFile)
                .toList();
        assertThat(tracked).isNotEmpty();
    }

    /** The nearest folder upwards that holds ./dev. */
    private static Path house(Path folder) {
        if (Files.exists(folder.resolve("dev"))) {
            return folder;
        }
        return house(Objects.requireNonNull(folder.getParent(), "no ./dev in any folder above"));
    }

    @Test
    void theTreeIsSmall() throws IOException {
        long bytes = 0;
        for (Path file : tracked) {
            bytes += Files.size(file);
        }
        assertThat(bytes).isLessThanOrEqualTo(TREE_BYTES_MAX);
    }

    @Test
    void unfinishedWorkNamesItsIssue() throws IOException {
        assertThat(linesThat(UNFINISHED, this::isCode)).isEmpty();
    }

    @Test
    void noCodeIsCommentedOut() throws IOException {
        assertThat(linesThat(COMMENTED_OUT, this::isBraceLanguage)).isEmpty();
    }

    @Test
    void noFileNamesAMachineOrARegistry() throws IOException {
        assertThat(linesThat(MACHINE, file -> true)).isEmpty();
        assertThat(linesThat(REGISTRY, file -> !file.endsWith("TidyTest.java"))).isEmpty();
    }

    /** Words of others stand in messages: a log that writes them as they are lets others write its lines. */
    @Test
    void everyProgramsLogTakesControlCharactersOut() throws IOException {
        assertThat(linesThat(
                        RAW_MESSAGE,
                        file -> file.toString().contains("/src/main/resources/")
                                && file.toString().endsWith("logback.xml")
                                && !file.startsWith(root.resolve("bench"))))
                .isEmpty();
    }

    @Test
    void noFileOfCodeIsLong() throws IOException {
        List<String> longOnes = new ArrayList<>();
        for (Path file : tracked) {
            if (isCode(file)) {
                int lines = text(file).size();
                if (lines > FILE_LINES_MAX) {
                    longOnes.add(root.relativize(file) + " has " + lines + " lines");
                }
            }
        }
        assertThat(longOnes).isEmpty();
    }

    @Test
    void everyPackageStatesItsLaw() throws IOException {
        Set<Path> packages = tracked.stream()
                .filter(file ->
                        file.toString().endsWith(".java") && file.toString().contains("/src/main/java/"))
                .map(Path::getParent)
                .collect(Collectors.toSet());
        List<String> silent = new ArrayList<>();
        for (Path folder : packages) {
            Path page = folder.resolve("package-info.java");
            if (!Files.exists(page)
                    || !Files.readString(page).startsWith("/**")
                    || !Files.readString(page).contains("@NullMarked")) {
                silent.add(root.relativize(folder).toString());
            }
        }
        assertThat(silent).as("packages without a sentence and @NullMarked").isEmpty();
    }

    /** Whether anybody reads this file's lines as code. */
    private boolean isCode(Path file) {
        String name = file.getFileName().toString();
        return CODE.contains(name.substring(name.lastIndexOf('.') + 1)) || name.equals("dev");
    }

    private boolean isBraceLanguage(Path file) {
        return isCode(file)
                && !file.toString().endsWith(".py")
                && !file.toString().endsWith(".sh")
                && !file.endsWith("dev");
    }

    /** "file:line: text" of every line that matches in the files chosen. */
    private static List<String> linesThat(Pattern pattern, Predicate<Path> chosen) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : tracked) {
            if (!chosen.test(file)) {
                continue;
            }
            List<String> lines = text(file);
            for (int number = 0; number < lines.size(); number++) {
                if (pattern.matcher(lines.get(number)).find()) {
                    found.add(root.relativize(file) + ":" + (number + 1) + ": "
                            + lines.get(number).strip());
                }
            }
        }
        return found;
    }

    /** A binary file has no lines. */
    private static List<String> text(Path file) throws IOException {
        String all = Files.readString(file, StandardCharsets.ISO_8859_1);
        return all.indexOf('\0') >= 0 ? List.of() : all.lines().toList();
    }
}
