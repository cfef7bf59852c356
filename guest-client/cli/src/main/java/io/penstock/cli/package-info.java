/**
 * The command {@code penstock}: one class a command. Every failure a person can meet becomes one sentence that says what
 * to do, and an exit status of {@link io.penstock.cli.ExitStatus}.
 */
@NullMarked
package io.penstock.cli;

import org.jspecify.annotations.NullMarked;
