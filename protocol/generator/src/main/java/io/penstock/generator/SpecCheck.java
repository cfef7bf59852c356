package io.penstock.generator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold of a description before anything is generated from it. */
final class SpecCheck {
    private static final int FIRST_NUMBER = 256;
    private static final int NUMBERS_END = 1 << 16;

    private final Spec spec;
    private final List<String> problems = new ArrayList<>();

    SpecCheck(Spec spec) {
        this.spec = spec;
    }

    /** Every violation, each a sentence that names the call; empty when the description is sound. */
    List<String> problems() {
        Set<Integer> numbers = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Call call : spec.calls()) {
            require(numbers.add(call.number()), call, "shares number " + call.number() + " with another call");
            require(
                    call.number() >= FIRST_NUMBER && call.number() < NUMBERS_END,
                    call,
                    "has number " + call.number() + ", outside 256 to 65535");
            require(names.add(call.name()), call, "is described twice");
            checkMode(call);
            checkParams(call);
        }
        checkAliases(names);
        checkExports(names);
        return List.copyOf(problems);
    }

    private void checkMode(Call call) {
        switch (call.mode()) {
            case LOCAL -> require(!call.coded(), call, "is local, so nothing of it travels: no params, a signature");
            case REFUSED -> {
                require(!call.coded(), call, "is refused, so nothing of it travels: no params");
                require(!call.why().isEmpty(), call, "is refused without a reason");
                require(call.result() > 0, call, "is refused with result " + call.result());
            }
            case POSTED, REMOTE, CACHED -> {
                boolean described = call.coded() || !call.request().isEmpty();
                require(described, call, "travels but has neither params nor a request");
                boolean bothByHand = call.shim() == Call.Author.HAND && call.server() == Call.Author.HAND;
                require(call.coded() || bothByHand, call, "has no params, so both halves must be written by hand");
            }
        }
        require(
                call.coded() == call.signature().isEmpty() || call.params().isEmpty(),
                call,
                "has params and signature");
    }

    private void checkParams(Call call) {
        Set<String> names = new HashSet<>();
        for (Param param : call.params()) {
            String which = "parameter " + param.name() + " ";
            require(names.add(param.name()), call, which + "occurs twice");
            require(!call.posted() || !param.out(), call, which + "comes back, but a posted call has no reply");
            require(!param.make() || param.handle(), call, which + "is made by the client but is no handle");
            require(!param.drop() || param.handle(), call, which + "is dropped but is no handle");
            require(!param.out() || param.pointer(), call, which + "comes back but is no pointer");
            require(
                    param.array() != param.count().equals(Param.Count.NONE),
                    call,
                    which + "must have a count exactly if it is an array");
            checkType(call, which, param.type());
            if (param.array() && !param.count().constant()) {
                boolean counted = call.params().stream()
                        .anyMatch(other -> other.name().equals(param.count().param()) && other.in());
                require(counted, call, which + "is counted by " + param.count().param() + ", which does not travel up");
            }
        }
    }

    private void checkType(Call call, String which, WireType type) {
        switch (type.kind()) {
            case STRUCT ->
                require(spec.structs().containsKey(type.name()), call, which + "is of unknown struct " + type.name());
            case HANDLE ->
                require(spec.handleKinds().contains(type.name()), call, which + "is of unknown kind " + type.name());
            case ARRAY -> checkType(call, which, type.elementType());
            default -> {}
        }
    }

    private void checkAliases(Set<String> names) {
        for (Spec.Alias alias : spec.aliases()) {
            if (!names.contains(alias.call())) {
                problems.add(alias.name() + " is an alias of " + alias.call() + ", which is not described");
            }
            if (!names.add(alias.name())) {
                problems.add(alias.name() + " is described twice");
            }
        }
    }

    private void checkExports(Set<String> names) {
        Set<String> exported = new HashSet<>(spec.cudaSymbols());
        for (String name : names) {
            if (!exported.contains(name)) {
                problems.add(name + " is described but not exported by libcuda");
            }
        }
        for (String name : exported) {
            if (!names.contains(name)) {
                problems.add(name + " is exported by libcuda but not described");
            }
        }
    }

    private void require(boolean holds, Call call, String otherwise) {
        if (!holds) {
            problems.add(call.name() + " " + otherwise);
        }
    }
}
