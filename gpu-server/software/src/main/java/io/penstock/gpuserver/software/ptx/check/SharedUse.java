package io.penstock.gpuserver.software.ptx.check;

import io.penstock.gpuserver.software.ptx.syntax.Function;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import io.penstock.gpuserver.software.ptx.syntax.Statement;
import io.penstock.gpuserver.software.ptx.syntax.Unit;
import io.penstock.gpuserver.software.ptx.syntax.Variable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which kernels use which shared variables of a text: a kernel has room for its own alone.
 *
 * <p>A variable that only kernels name becomes a variable of each kernel that names it. One that a device function names stays
 * the text's, since the function is compiled once for all kernels that may call it.
 */
final class SharedUse {
    private SharedUse() {}

    /** The same text with the shared variables of its kernels inside them. */
    static Unit settle(Unit unit) {
        Map<String, Variable> movable = unit.variables().stream()
                .filter(variable -> variable.space().equals("shared")
                        && variable.linkage() == Variable.Linkage.LOCAL
                        && variable.count() > 0)
                .collect(Collectors.toMap(
                        Variable::name, variable -> variable, (first, again) -> first, LinkedHashMap::new));
        unit.functions().stream()
                .filter(function -> !function.entry())
                .forEach(function -> movable.keySet().removeAll(namesIn(function)));
        if (movable.isEmpty()) {
            return unit;
        }
        List<Variable> staying = unit.variables().stream()
                .filter(variable -> !Objects.equals(movable.get(variable.name()), variable))
                .toList();
        List<Function> functions = unit.functions().stream()
                .map(function -> function.entry() ? withOwn(function, movable) : function)
                .toList();
        return new Unit(unit.version(), unit.target(), staying, functions, unit.aliases());
    }

    private static Function withOwn(Function kernel, Map<String, Variable> movable) {
        if (kernel.body() == null) {
            return kernel;
        }
        Set<String> names = namesIn(kernel);
        List<Statement> body = new ArrayList<>();
        for (Variable variable : movable.values()) {
            if (names.contains(variable.name())) {
                body.add(new Statement.Declaration(variable.line(), variable));
            }
        }
        body.addAll(kernel.body());
        return new Function(
                kernel.line(),
                kernel.name(),
                kernel.entry(),
                kernel.linkage(),
                kernel.returns(),
                kernel.params(),
                kernel.directives(),
                body);
    }

    private static Set<String> namesIn(Function function) {
        Set<String> names = new HashSet<>();
        if (function.body() != null) {
            for (Statement statement : function.body()) {
                if (statement instanceof Statement.Instruction instruction) {
                    instruction.operands().stream().flatMap(SharedUse::names).forEach(names::add);
                }
            }
        }
        return names;
    }

    private static Stream<String> names(Operand operand) {
        return switch (operand) {
            case Operand.Name name -> Stream.of(name.name());
            case Operand.Negated negated -> Stream.of(negated.name());
            case Operand.Minus minus -> Stream.of(minus.name());
            case Operand.Literal literal -> Stream.empty();
            case Operand.Offset offset -> Stream.of(offset.name());
            case Operand.Element element -> Stream.of(element.name());
            case Operand.Address address -> Stream.ofNullable(address.base());
            case Operand.Access access ->
                Stream.concat(
                        Stream.of(access.object()), access.others().stream().flatMap(SharedUse::names));
            case Operand.Vector vector -> vector.parts().stream().flatMap(SharedUse::names);
            case Operand.Pair pair -> Stream.concat(names(pair.first()), names(pair.second()));
            case Operand.Group group -> group.parts().stream().flatMap(SharedUse::names);
        };
    }
}
