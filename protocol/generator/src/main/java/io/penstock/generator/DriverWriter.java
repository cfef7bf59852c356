package io.penstock.generator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes {@code CudaDriver} and its JNA binding of {@code gpu-server/driver}. */
final class DriverWriter {
    private static final String PACKAGE = "io.penstock.gpuserver.driver";
    /** The oldest driver a server may have: everything up to this version is bound without asking. */
    private static final int BASE_VERSION = 11080;

    private final Spec spec;
    private final List<Call> calls;

    DriverWriter(Spec spec) {
        this.spec = spec;
        this.calls = spec.calls().stream().filter(this::expressible).toList();
    }

    void writeTo(Path out) {
        Path folder = out.resolve(PACKAGE.replace('.', '/'));
        driver().writeTo(folder.resolve("CudaDriver.java"));
        Map<Integer, List<Call>> byVersion = byVersion();
        jnaDriver(byVersion).writeTo(folder.resolve("JnaCudaDriver.java"));
        byVersion.forEach(
                (version, list) -> library(version, list).writeTo(folder.resolve(libraryName(version) + ".java")));
    }

    /** Calls of today's interface; those with an unknown prototype or of CUDA before 3.2 are never issued. */
    private boolean expressible(Call call) {
        boolean known = call.coded() || !call.signature().isEmpty() || call.mode() != Call.Mode.REFUSED;
        if (!known || call.signature().contains("_v1") || call.why().contains("32-bit interface")) {
            return false;
        }
        return call.cParams().stream().noneMatch(param -> param.type().startsWith("CUipc") && !param.pointer());
    }

    private Map<Integer, List<Call>> byVersion() {
        Map<String, Integer> first = new HashMap<>();
        spec.entryPoints().forEach(row -> first.merge(row.symbol(), row.fromVersion(), Math::min));
        Map<Integer, List<Call>> byVersion = new TreeMap<>();
        for (Call call : calls) {
            int version = Math.max(BASE_VERSION, first.getOrDefault(call.name(), BASE_VERSION));
            byVersion.computeIfAbsent(version, key -> new ArrayList<>()).add(call);
        }
        return byVersion;
    }

    private static SourceText file() {
        return new SourceText()
                .line("// Generated from protocol/spec by protocol/generator. Change the description, not this file.")
                .line("package " + PACKAGE + ";")
                .blank();
    }

    private String parameters(Call call) {
        return call.cParams().stream()
                .map(param -> param.java(spec) + " " + param.name())
                .collect(Collectors.joining(", "));
    }

    private static String arguments(Call call) {
        return call.cParams().stream().map(CParam::name).collect(Collectors.joining(", "));
    }

    private SourceText driver() {
        SourceText text = file();
        text.line("import io.penstock.protocol.codec.CudaResult;").blank();
        text.line("/**");
        text.line(" * The CUDA driver, call by call, with C names and C arguments.");
        text.line(" *");
        text.line(
                " * <p>A C integer of 32 bits is an {@code int}, of 64 bits a {@code long}; every pointer is a {@code long}");
        text.line(
                " * address of native memory and every handle its 64 bits. Results are CUresult codes. Contexts belong to");
        text.line(" * platform threads: never call this from a virtual thread.");
        text.line(" */");
        text.line("public interface CudaDriver {");
        text.line("/** What a driver answers to a call it does not have; override it to log. */");
        text.line("default int unsupported(String call) {")
                .line("return CudaResult.NOT_SUPPORTED;")
                .line("}");
        for (Call call : calls) {
            text.blank();
            text.line("default int %s(%s) {", call.name(), parameters(call));
            text.line("return unsupported(\"%s\");", call.name());
            text.line("}");
        }
        return text.line("}");
    }

    private static String libraryName(int version) {
        return "LibCuda" + version;
    }

    private SourceText library(int version, List<Call> list) {
        SourceText text = file();
        text.line("import com.sun.jna.Native;")
                .line("import com.sun.jna.NativeLibrary;")
                .blank();
        text.line(
                "/** %s */",
                version == BASE_VERSION
                        ? "Calls that every driver from CUDA 11.8 on has."
                        : "Calls that came with CUDA " + version / 1000 + "." + version % 1000 / 10 + ".");
        text.line("final class %s {", libraryName(version));
        text.line("private %s() {}", libraryName(version)).blank();
        text.line(
                "/** Binds every method here to its symbol; a missing symbol is an UnsatisfiedLinkError that names it. */");
        text.line("static void bind(NativeLibrary library) {");
        text.line("Native.register(%s.class, library);", libraryName(version));
        text.line("}");
        for (Call call : list) {
            text.blank().line("static native int %s(%s);", call.name(), parameters(call));
        }
        return text.line("}");
    }

    private SourceText jnaDriver(Map<Integer, List<Call>> byVersion) {
        SourceText text = file();
        text.line("import com.sun.jna.Memory;")
                .line("import com.sun.jna.NativeLibrary;")
                .line("import com.sun.jna.Pointer;");
        text.line("import org.slf4j.Logger;")
                .line("import org.slf4j.LoggerFactory;")
                .blank();
        text.line("/**");
        text.line(" * The genuine driver through JNA direct mapping.");
        text.line(" *");
        text.line(
                " * <p>Symbols are bound by the CUDA version they came with, so that an older driver loads; a call that it does");
        text.line(" * not have answers CUDA_ERROR_NOT_SUPPORTED and is logged. Any platform thread.");
        text.line(" */");
        text.line("public final class JnaCudaDriver implements CudaDriver {");
        text.line("private static final Logger LOG = LoggerFactory.getLogger(JnaCudaDriver.class);")
                .blank();
        text.line("private final int version;").blank();
        text.line("private JnaCudaDriver(int version) {")
                .line("this.version = version;")
                .line("}")
                .blank();
        text.line("/**");
        text.line(" * Loads the driver: a name the loader finds, such as {@code libcuda.so.1}, or a path.");
        text.line(" *");
        text.line(" * @throws UnsatisfiedLinkError if there is none, or it lacks a symbol of its own version");
        text.line(" */");
        text.line("public static JnaCudaDriver open(String library) {");
        text.line("NativeLibrary loaded = NativeLibrary.getInstance(library);");
        text.line("%s.bind(loaded);", libraryName(BASE_VERSION));
        text.line("int version;");
        text.line("try (Memory out = new Memory(Long.BYTES)) {");
        text.line("out.clear();");
        text.line("int result = %s.cuDriverGetVersion(Pointer.nativeValue(out));", libraryName(BASE_VERSION));
        text.line("if (result != 0) {");
        text.line("throw new UnsatisfiedLinkError(library + \": cuDriverGetVersion returned \" + result);");
        text.line("}").line("version = out.getInt(0);").line("}");
        for (int later : byVersion.keySet()) {
            if (later > BASE_VERSION) {
                text.line("if (version >= %d) {", later);
                text.line("%s.bind(loaded);", libraryName(later)).line("}");
            }
        }
        text.line("return new JnaCudaDriver(version);").line("}").blank();
        text.line("@Override").line("public int unsupported(String call) {");
        text.line("LOG.warn(\"{}: the driver of CUDA version {} does not have it\", call, version);");
        text.line("return CudaDriver.super.unsupported(call);").line("}");
        byVersion.forEach((later, list) -> list.forEach(call -> method(text, later, call)));
        return text.line("}");
    }

    private void method(SourceText text, int version, Call call) {
        String symbol = libraryName(version) + "." + call.name() + "(" + arguments(call) + ")";
        text.blank().line("@Override").line("public int %s(%s) {", call.name(), parameters(call));
        if (version == BASE_VERSION) {
            text.line("return %s;", symbol);
        } else {
            text.line("return version >= %d", version);
            text.continued("? " + symbol);
            text.continued(": unsupported(\"" + call.name() + "\");");
        }
        text.line("}");
    }
}
