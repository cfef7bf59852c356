package io.penstock.gpuserver.software.ptx.syntax;

import java.util.List;

/**
 * One parsed text.
 *
 * @param version {@code .version} as major * 10 + minor
 * @param target {@code .target sm_XY} as its number
 * @param aliases {@code .alias name, aliasee;} pairs, flat
 */
public record Unit(int version, int target, List<Variable> variables, List<Function> functions, List<String> aliases) {}
