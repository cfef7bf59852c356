package io.penstock.gpuserver.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class NvmlFactsTest {
    private final FakeNvml nvml = new FakeNvml();
    private final AtomicLong now = new AtomicLong();
    private final NvmlFacts facts = new NvmlFacts(nvml, 0, now::get);

    @Test
    void numbersTextsStructsAndListsAreReadUnderTheirKeys() {
        Map<String, String> values = facts.read().values();
        assertThat(values)
                .containsEntry("vbios", "96.00.5E")
                .containsEntry("pcie.generation.max", "5")
                .containsEntry("power.limit.min", "200000")
                .containsEntry("power.limit.max", "700000")
                .containsEntry("utilisation.gpu", "37")
                .containsEntry("utilisation.memory", "12")
                .containsEntry("temperature.margin", "-4")
                .containsEntry("energy", "18446744073709551615")
                .containsEntry("clock.sm", "1980")
                .containsEntry("clock.memory.max", "2619")
                .containsEntry("clocks.memory", "2619 1593")
                .containsEntry("clocks.graphics.2619", "1980 345")
                .containsEntry("inforom.valid", "1")
                .containsEntry("gsp", "580.1");
    }

    @Test
    void whatTheDeviceDoesNotAnswerIsLeftOut() {
        assertThat(facts.read().values()).doesNotContainKeys("fan", "serial", "ecc", "clock.video", "field.75");
    }

    @Test
    void fieldValuesCarryTheirTypeAndBytes() {
        assertThat(facts.read().values()).containsEntry("field.186", "1 70123").containsEntry("field.83", "3 99");
    }

    @Test
    void whatLiesBetweenDevicesIsReadForEachIncludingItself() {
        List<Map<String, String>> towards = facts.read().towards();
        assertThat(towards).hasSize(2);
        assertThat(towards.get(0)).containsEntry("topology", "0").containsEntry("p2p.0", "0");
        assertThat(towards.get(1)).containsEntry("topology", "50").containsEntry("p2p.4", "0");
    }

    @Test
    void activeLinksAreReadAndTheOthersCounted() {
        assertThat(facts.read().links())
                .isEqualTo(new NvLink.All(
                        3, List.of(new NvLink(1, 6, 0b100101, NvLink.REMOTE_GPU, "00000000:1B:00.0", 26562))));
    }

    @Test
    void whatLastsIsAskedOnceAndWhatIsSlowNowAndThen() {
        facts.read();
        facts.read();
        assertThat(nvml.asked).containsEntry("nvmlDeviceGetVbiosVersion", 1);
        assertThat(nvml.asked).containsEntry("nvmlDeviceGetPcieThroughput", 2);
        assertThat(nvml.asked).containsEntry("nvmlDeviceGetPowerUsage", 2);
        now.addAndGet(NvmlFacts.SELDOM_NANOS);
        facts.read();
        assertThat(nvml.asked).containsEntry("nvmlDeviceGetVbiosVersion", 1);
        assertThat(nvml.asked).containsEntry("nvmlDeviceGetPcieThroughput", 4);
    }

    @Test
    void noTwoQuestionsAnswerTheSameKey() {
        Set<String> seen = new HashSet<>();
        Stream.of(NvmlQuestions.once(), NvmlQuestions.seldom(), NvmlQuestions.always())
                .flatMap(List::stream)
                .flatMap(question -> question.keys().stream())
                .forEach(key -> assertThat(seen.add(key)).as(key).isTrue());
    }

    @Test
    void aLibraryThatIsAbsentTellsNothing() {
        NvmlFacts.Reading nothing = new NvmlFacts(NvmlLibrary.ABSENT, 0, now::get).read();
        assertThat(nothing.values()).isEmpty();
        assertThat(nothing.towards()).isEmpty();
    }

    /** Two devices; answers as NVML's documentation says, and NOT_SUPPORTED to everything else. */
    private static final class FakeNvml implements NvmlLibrary {
        private static final int NOT_SUPPORTED = 3;

        private final Map<String, Integer> asked = new HashMap<>();

        @Override
        public int nvmlDeviceGetCount_v2(long deviceCount) {
            NativeMemory.putInt(deviceCount, 2);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetHandleByIndex_v2(int index, long device) {
            NativeMemory.putLong(device, 100L + index);
            return SUCCESS;
        }

        @Override
        public int call(String function, Object... arguments) {
            asked.merge(function, 1, Integer::sum);
            assertThat(arguments[0]).as(function).isEqualTo(100L);
            return switch (function.replace("nvmlDeviceGet", "")) {
                case "VbiosVersion" -> text(arguments, "96.00.5E");
                case "GspFirmwareVersion" -> text(arguments, "580.1");
                case "MaxPcieLinkGeneration" -> numbers(arguments, 1, 5);
                case "PowerManagementLimitConstraints" -> numbers(arguments, 1, 200_000, 700_000);
                case "PowerUsage" -> numbers(arguments, 1, 70_123);
                case "UtilizationRates" -> fill(arguments, 1, 37, 12);
                case "MarginTemperature" -> versioned(arguments, 0x1000008, -4);
                case "TotalEnergyConsumption" -> fill(arguments, 1, -1, -1);
                case "ClockInfo" -> (int) arguments[1] < 3 ? numbers(arguments, 2, 1980) : NOT_SUPPORTED;
                case "MaxClockInfo" -> (int) arguments[1] == 2 ? numbers(arguments, 2, 2619) : NOT_SUPPORTED;
                case "SupportedMemoryClocks" -> list(arguments, 1, 2619, 1593);
                case "SupportedGraphicsClocks" -> list(arguments, 2, 1980, 345);
                case "nvmlDeviceValidateInforom", "OnSameBoard" -> SUCCESS;
                case "TopologyCommonAncestor" -> numbers(arguments, 2, arguments[1].equals(100L) ? 0 : 50);
                case "P2PStatus" -> numbers(arguments, 3, 0);
                case "FieldValues" -> fields((int) arguments[1], (long) arguments[2]);
                default -> function.contains("NvLink") ? link(function, arguments) : NOT_SUPPORTED;
            };
        }

        private static int link(String function, Object... arguments) {
            int link = (int) arguments[1];
            return switch (function.replace("nvmlDeviceGetNvLink", "")) {
                case "State" -> link == 1 || link == 2 ? numbers(arguments, 2, link == 1 ? 1 : 0) : NOT_SUPPORTED;
                case "Version" -> numbers(arguments, 2, 6);
                case "Capability" -> numbers(arguments, 3, 0b100101 >> (int) arguments[2] & 1);
                case "RemoteDeviceType" -> numbers(arguments, 2, 0);
                case "RemotePciInfo_v2" -> {
                    NativeMemory.putString((long) arguments[2] + 36, "00000000:1B:00.0", 32);
                    yield SUCCESS;
                }
                default -> NOT_SUPPORTED;
            };
        }

        private static int fields(int count, long values) {
            for (long field = values; field < values + 40L * count; field += 40) {
                int id = NativeMemory.getInt(field);
                NativeMemory.putInt(field + 28, id == 186 || id == 83 || id == 164 ? SUCCESS : NOT_SUPPORTED);
                NativeMemory.putInt(field + 24, id == 83 ? 3 : 1);
                NativeMemory.putInt(field + 32, id == 83 ? 99 : id == 164 ? 26_562 : 70_123);
            }
            return SUCCESS;
        }

        private static int text(Object[] arguments, String text) {
            NativeMemory.putString((long) arguments[1], text, 80);
            return SUCCESS;
        }

        private static int numbers(Object[] arguments, int first, int... values) {
            for (int i = 0; i < values.length; i++) {
                NativeMemory.putInt((long) arguments[first + i], values[i]);
            }
            return SUCCESS;
        }

        private static int fill(Object[] arguments, int at, int... values) {
            for (int i = 0; i < values.length; i++) {
                NativeMemory.putInt((long) arguments[at] + 4L * i, values[i]);
            }
            return SUCCESS;
        }

        private static int versioned(Object[] arguments, int version, int value) {
            assertThat(NativeMemory.getInt((long) arguments[1])).isEqualTo(version);
            NativeMemory.putInt((long) arguments[1] + 4, value);
            return SUCCESS;
        }

        private static int list(Object[] arguments, int count, int... values) {
            assertThat(NativeMemory.getInt((long) arguments[count])).isGreaterThanOrEqualTo(values.length);
            NativeMemory.putInt((long) arguments[count], values.length);
            return fill(arguments, count + 1, values);
        }
    }
}
