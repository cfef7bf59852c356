package io.penstock.appliance.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.tagging.PoolTag;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TagChangeTest {
    private static final ObjectRef ONE = new ObjectRef("VirtualMachine", "vm-1");
    private static final ObjectRef TWO = new ObjectRef("VirtualMachine", "vm-2");
    private static final ObjectRef GONE = new ObjectRef("VirtualMachine", "vm-9");
    private static final Set<ObjectRef> SHOWN = Set.of(ONE, TWO);

    @Test
    void nothingChangesWhereAllIsAsWanted() {
        Map<PoolTag, Set<ObjectRef>> same = Map.of(PoolTag.CLIENT, Set.of(ONE), PoolTag.GPU_SERVER, Set.of(TWO));
        assertThat(TagChange.between(same, same, SHOWN)).isEmpty();
    }

    @Test
    void clientThatBecameAServerLosesTheOneTagBeforeItGetsTheOther() {
        assertThat(TagChange.between(
                        Map.of(PoolTag.GPU_SERVER, Set.of(ONE)), Map.of(PoolTag.CLIENT, Set.of(ONE)), SHOWN))
                .containsExactly(
                        new TagChange(PoolTag.CLIENT, ONE, false), new TagChange(PoolTag.GPU_SERVER, ONE, true));
        assertThat(TagChange.between(
                        Map.of(PoolTag.CLIENT, Set.of(ONE)), Map.of(PoolTag.GPU_SERVER, Set.of(ONE)), SHOWN))
                .containsExactly(
                        new TagChange(PoolTag.GPU_SERVER, ONE, false), new TagChange(PoolTag.CLIENT, ONE, true));
    }

    @Test
    void whatTheVcenterDoesNotShowIsLeftAlone() {
        assertThat(TagChange.between(
                        Map.of(PoolTag.CLIENT, Set.of(GONE, TWO)), Map.of(PoolTag.GPU_SERVER, Set.of(GONE)), SHOWN))
                .containsExactly(new TagChange(PoolTag.CLIENT, TWO, true));
    }
}
