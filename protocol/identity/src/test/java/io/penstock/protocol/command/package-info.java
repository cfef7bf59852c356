@NullMarked
package io.penstock.protocol.command;

import org.jspecify.annotations.NullMarked;
