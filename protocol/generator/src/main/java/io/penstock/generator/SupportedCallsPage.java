package io.penstock.generator;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes docs/supported-calls.md: every exported name, how it is answered, and what is missing. */
final class SupportedCallsPage {
    private final Spec spec;
    private final WrittenByHand written;

    SupportedCallsPage(Spec spec, WrittenByHand written) {
        this.spec = spec;
        this.written = written;
    }

    /** What a program gets: the mode, unless a half that must be written by hand is not there yet. */
    private String answer(Call call) {
        String missing = missing(call);
        return missing.isEmpty() ? call.mode().toString().toLowerCase(Locale.ROOT) : "**not yet**";
    }

    /** Which half of a call that is meant to work does not exist; empty if none. */
    private String missing(Call call) {
        if (call.mode() == Call.Mode.REFUSED) {
            return "";
        }
        boolean asksEachTime = call.coded() && !call.posted();
        boolean noShim = call.shim() == Call.Author.HAND && !written.shim().contains(call.name()) && !asksEachTime;
        boolean noServer = call.travels()
                && call.server() == Call.Author.HAND
                && !written.server().contains(call.name());
        if (noShim && noServer) {
            return "Neither half is written.";
        }
        return noShim ? "The shim's half is not written." : noServer ? "The server's half is not written." : "";
    }

    String text() {
        StringBuilder text = new StringBuilder("""
                # Supported calls

                Generated from protocol/spec and from which hand-written halves exist; a test fails when it is out of date.

                | mode | meaning |
                |---|---|
                | local | answered by the shim from its own state |
                | cached | asked once, then local |
                | posted | queued without a reply; a failure is returned by a later waiting call |
                | remote | waits for the server's reply |
                | refused | a documented error, logged once |
                | **not yet** | meant to work, but a half is missing: CUDA_ERROR_NOT_SUPPORTED, logged |

                """);
        summary(text);
        Map<String, List<Call>> families =
                spec.calls().stream().collect(Collectors.groupingBy(Call::family, TreeMap::new, Collectors.toList()));
        families.forEach((family, calls) -> family(text, family, calls));
        return text.toString();
    }

    private void summary(StringBuilder text) {
        Map<Call.Mode, Integer> modes = new EnumMap<>(Call.Mode.class);
        int notYet = 0;
        for (Call call : spec.calls()) {
            if (missing(call).isEmpty()) {
                modes.merge(call.mode(), 1, Integer::sum);
            } else {
                notYet++;
            }
        }
        text.append("Exported: ").append(spec.cudaSymbols().size()).append(" names, of which ");
        text.append(spec.aliases().size()).append(" are second names. Calls: ");
        modes.forEach((mode, count) -> text.append(count)
                .append(' ')
                .append(mode.toString().toLowerCase(Locale.ROOT))
                .append(", "));
        text.append(notYet).append(" not yet.\n");
    }

    private void family(StringBuilder text, String family, List<Call> calls) {
        text.append("\n## ").append(family).append("\n\n| call | answer | remarks |\n|---|---|---|\n");
        for (Call call : calls) {
            String aliases = spec.aliases().stream()
                    .filter(alias -> alias.call().equals(call.name()))
                    .map(alias -> ", `" + alias.name() + "`")
                    .collect(Collectors.joining());
            text.append("| `").append(call.name()).append('`').append(aliases);
            text.append(" | ").append(answer(call)).append(" | ").append(missing(call));
            text.append(missing(call).isEmpty() || call.why().isEmpty() ? "" : " ");
            text.append(call.why().replace("|", "\\|")).append(" |\n");
        }
    }
}
