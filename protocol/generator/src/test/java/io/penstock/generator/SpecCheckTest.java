package io.penstock.generator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The description is sound, and each way of spoiling it is noticed by name. */
final class SpecCheckTest {
    private final Spec spec = new SpecReader(House.SPEC).read();

    @Test
    void theDescriptionIsSound() {
        assertThat(new SpecCheck(spec).problems()).isEmpty();
    }

    @Test
    void everyExportedNameIsDescribedOnce() {
        assertThat(spec.cudaSymbols()).hasSize(674).doesNotHaveDuplicates();
        assertThat(spec.nvmlSymbols()).hasSize(404).doesNotHaveDuplicates();
        assertThat(spec.calls().size() + spec.aliases().size()).isEqualTo(674);
    }

    @Test
    void authorGivesTwoCallsOneNumber() {
        assertThat(problems(
                        "cuGraphClone",
                        call -> with(
                                call, call.params(), spec.call("cuGraphCreate").number())))
                .containsExactly("cuGraphCreate shares number "
                        + spec.call("cuGraphCreate").number() + " with another call");
    }

    @Test
    void authorGivesPostedCallAnOut() {
        assertThat(problems("cuEventRecord", call -> with(call, add(call, "void *", "u64", Param.Direction.OUT))))
                .containsExactly("cuEventRecord parameter extra comes back, but a posted call has no reply");
    }

    @Test
    void authorLetsByValueParameterComeBack() {
        assertThat(problems("cuGraphClone", call -> with(call, add(call, "unsigned int", "u32", Param.Direction.OUT))))
                .containsExactly("cuGraphClone parameter extra comes back but is no pointer");
    }

    @Test
    void authorForgetsTheCountOfAnArray() {
        assertThat(problems("cuGraphClone", call -> with(call, add(call, "int *", "array:i32", Param.Direction.IN))))
                .containsExactly("cuGraphClone parameter extra must have a count exactly if it is an array");
    }

    @Test
    void authorNamesUnknownStructAndKind() {
        assertThat(problems(
                        "cuGraphClone", call -> with(call, add(call, "CUnone *", "struct:CUnone", Param.Direction.IN))))
                .containsExactly("cuGraphClone parameter extra is of unknown struct CUnone");
        assertThat(problems("cuGraphClone", call -> with(call, add(call, "CUnone", "handle:none", Param.Direction.IN))))
                .containsExactly("cuGraphClone parameter extra is of unknown kind none");
    }

    @Test
    void authorRefusesWithoutReason() {
        assertThat(problems("cuMemAllocManaged", SpecCheckTest::withoutReason))
                .containsExactly("cuMemAllocManaged is refused without a reason");
    }

    @Test
    void authorDescribesNameThatDoesNotExist() {
        List<Spec.Alias> aliases = new ArrayList<>(spec.aliases());
        aliases.add(new Spec.Alias("cuInvented", "cuInit", false, "process"));
        assertThat(new SpecCheck(with(spec.calls(), aliases)).problems())
                .containsExactly("cuInvented is described but not exported by libcuda");
    }

    @Test
    void authorForgetsExportedName() {
        List<Call> calls = new ArrayList<>(spec.calls());
        calls.removeIf(call -> call.name().equals("cuGraphClone"));
        assertThat(new SpecCheck(with(calls, spec.aliases())).problems())
                .containsExactly("cuGraphClone is exported by libcuda but not described");
    }

    private List<String> problems(String name, UnaryOperator<Call> change) {
        List<Call> calls = spec.calls().stream()
                .map(call -> call.name().equals(name) ? change.apply(call) : call)
                .toList();
        return new SpecCheck(with(calls, spec.aliases())).problems();
    }

    private static List<Param> add(Call call, String c, String type, Param.Direction direction) {
        List<Param> params = new ArrayList<>(call.params());
        params.add(new Param("extra", c, WireType.parse(type), direction, Param.Count.NONE, false, false, false));
        return params;
    }

    private static Call with(Call call, List<Param> params) {
        return with(call, params, call.number());
    }

    private static Call with(Call call, List<Param> params, int number) {
        return new Call(
                call.name(),
                number,
                call.family(),
                call.mode(),
                call.shim(),
                call.server(),
                call.signature(),
                params,
                call.coded(),
                call.request(),
                call.reply(),
                call.result(),
                call.why(),
                call.capture());
    }

    private static Call withoutReason(Call call) {
        return new Call(
                call.name(),
                call.number(),
                call.family(),
                call.mode(),
                call.shim(),
                call.server(),
                call.signature(),
                call.params(),
                call.coded(),
                call.request(),
                call.reply(),
                call.result(),
                "",
                call.capture());
    }

    private Spec with(List<Call> calls, List<Spec.Alias> aliases) {
        return new Spec(
                calls,
                aliases,
                spec.handleKinds(),
                spec.structs(),
                spec.enums(),
                spec.enumAliases(),
                spec.limits(),
                spec.frames(),
                spec.entryPoints(),
                spec.errors(),
                spec.cudaSymbols(),
                spec.nvmlSymbols());
    }
}
