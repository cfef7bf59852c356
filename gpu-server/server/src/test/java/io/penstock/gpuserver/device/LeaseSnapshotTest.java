package io.penstock.gpuserver.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NvLink;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LeaseSnapshotTest {
    private static final long GIB = 1L << 30;

    @Test
    void theDriverComesFirstThenEachGpuWithWhatIsKnownOfIt() {
        String text = LeaseSnapshot.text(
                Map.of("driver", "580.1", "cuda", "13000"),
                List.of(leased(3, new GpuFacts(Map.of("power", "70123", "fan", "0"), List.of(), 0, List.of()))));
        assertThat(text).isEqualTo("""
                        cuda 13000
                        driver 580.1
                        device 0
                        name One GPU
                        uuid GPU-3
                        pci 00000000:03:00.0
                        memory.total 1073741824
                        memory.used 1048576
                        memory.free 1072693248
                        capability 9.0
                        fan 0
                        power 70123
                        """);
    }

    @Test
    void moreThanTheGpuHasIsNeverShown() {
        Gpu gpu = gpu(0);
        String text = LeaseSnapshot.text(
                Map.of(), List.of(new LeaseSnapshot.Leased(gpu, GpuFacts.NONE, 100 * GIB, 0, List.of())));
        assertThat(text).contains("memory.total " + 80 * GIB + "\n");
    }

    @Test
    void programsOfTheLeaseAreNumbered() {
        List<LeaseSnapshot.Program> programs =
                List.of(new LeaseSnapshot.Program(4711, 512), new LeaseSnapshot.Program(4712, 1024));
        String text = LeaseSnapshot.text(
                Map.of(), List.of(new LeaseSnapshot.Leased(gpu(0), GpuFacts.NONE, GIB, 1536, programs)));
        assertThat(text).contains("process.0 4711 512\n", "process.1 4712 1024\n");
    }

    @Test
    void whatLiesBetweenIsToldOfTheLeasesGpusOnlyAndByTheirNumbersThere() {
        List<Map<String, String>> towards =
                List.of(Map.of("p2p.0", "1"), Map.of("p2p.0", "0"), Map.of("p2p.0", "2"), Map.of("p2p.0", "3"));
        String text = LeaseSnapshot.text(
                Map.of(), List.of(leased(3, new GpuFacts(Map.of(), towards, 0, List.of())), leased(1, GpuFacts.NONE)));
        assertThat(text.lines().filter(line -> line.startsWith("p2p"))).containsExactly("p2p.0.0 3", "p2p.0.1 0");
    }

    @Test
    void aLinkIsActiveWhenItsOtherEndIsInTheLease() {
        GpuFacts facts = linked(
                new NvLink(0, 6, 37, NvLink.REMOTE_GPU, "00000000:01:00.0", 26_562),
                new NvLink(1, 6, 37, NvLink.REMOTE_GPU, "00000000:02:00.0", 26_562));
        String text = LeaseSnapshot.text(Map.of(), List.of(leased(3, facts), leased(1, GpuFacts.NONE)));
        assertThat(text.lines().filter(line -> line.startsWith("nvlink")))
                .containsExactly("nvlink.links 18", "nvlink.0 6 37 0 26562 00000000:01:00.0");
    }

    @Test
    void aLinkToASwitchIsActiveWhenThereIsASecondGpuToReach() {
        GpuFacts facts = linked(new NvLink(0, 6, 37, NvLink.REMOTE_SWITCH, "00000000:83:00.0", 26_562));
        String alone = LeaseSnapshot.text(Map.of(), List.of(leased(3, facts)));
        String together = LeaseSnapshot.text(Map.of(), List.of(leased(3, facts), leased(1, GpuFacts.NONE)));
        assertThat(alone).contains("nvlink.links 18\n").doesNotContain("nvlink.0");
        assertThat(together).contains("nvlink.0 6 37 2 26562 00000000:83:00.0\n");
    }

    private static GpuFacts linked(NvLink... links) {
        return new GpuFacts(Map.of(), List.of(), 18, List.of(links));
    }

    private static LeaseSnapshot.Leased leased(int index, GpuFacts facts) {
        return new LeaseSnapshot.Leased(gpu(index), facts, GIB, 1 << 20, List.of());
    }

    private static Gpu gpu(int index) {
        String uuid = "GPU-" + index;
        return new Gpu(
                new GpuReport(uuid, index, "One GPU", 80 * GIB, "9.0", "nvidia"),
                new GpuUsage(uuid, 0, 0, 0, 0, true),
                "00000000:0" + index + ":00.0");
    }
}
