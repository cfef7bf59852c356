package io.penstock.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Outlives a local pool to clear it away: a process that waits for the end of its standard input, which comes when the
 * pool's owner closes it or dies of whatever cause, then ends every process of the pool and removes its folder.
 */
@Command(name = "local-caretaker", hidden = true, description = "Part of penstock local.")
final class Caretaker implements Callable<Integer> {
    private static final int END_SECONDS = 20;

    @Parameters(index = "0", description = "The pool's folder")
    private @Nullable Path folder;

    /** The owner's end: as long as it is held, the pool lives. */
    record Tether(Process caretaker, OutputStream line, Path folder) {
        /** Lets go, and waits until nothing is left; what a caretaker that has died leaves is cleared away by ourselves. */
        void release() {
            try {
                line.close();
                if (!caretaker.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                    throw new CommandException(
                            ExitStatus.FAILED, "the local pool could not be cleared away within " + END_SECONDS + " s");
                }
                if (caretaker.exitValue() != ExitStatus.OK) {
                    clear(folder);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException("the local pool's caretaker", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Starts a caretaker for a pool. It does not carry the pool's mark, so it does not end itself. */
    static Tether watch(Installation installation, Path folder) throws IOException {
        List<String> command =
                List.of(installation.command("penstock").toString(), "local-caretaker", folder.toString());
        // What ends the owner, at the terminal or by its group, must not end it.
        ProcessBuilder builder = new ProcessBuilder(Signals.unheardBy("INT TERM HUP", command))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().remove(LocalPool.FOLDER_VARIABLE);
        Process caretaker = builder.start();
        return new Tether(caretaker, caretaker.getOutputStream(), folder);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (folder == null) {
            return ExitStatus.USAGE;
        }
        LibC.setsid();
        while (System.in.read() >= 0) {
            // Nothing is ever said; only the end counts.
        }
        clear(folder);
        return ExitStatus.OK;
    }

    private static void clear(Path folder) throws IOException, InterruptedException {
        new ProcessSweep(LocalPool.FOLDER_VARIABLE + "=" + folder).run();
        remove(folder);
    }

    /** Removes a folder and all in it. */
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public java.nio.file.FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                Files.deleteIfExists(file);
                return java.nio.file.FileVisitResult.CONTINUE;
            }

            @Override
            public java.nio.file.FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed)
                    throws IOException {
                Files.deleteIfExists(directory);
                return java.nio.file.FileVisitResult.CONTINUE;
            }
        });
    }
}
