package io.penstock.generator;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes what a program calls: under each exported name a way to the call itself, which a trace can watch. Inside the shim the
 * same names lead straight to the calls, so that only the program's own calls are traced, and each of them once.
 */
final class ShimExports {
    /** What an out-parameter of these types was set to is worth a look. */
    private static final Set<String> SHOWN = Set.of(
            "int",
            "unsigned int",
            "size_t",
            "CUdevice",
            "CUdeviceptr",
            "CUcontext",
            "CUmodule",
            "CUlibrary",
            "CUfunction",
            "CUkernel",
            "CUstream",
            "CUevent");

    private final Spec spec;

    ShimExports(Spec spec) {
        this.spec = spec;
    }

    SourceText text() {
        SourceText text = ShimWriter.file("Every name of libcuda.so.1: straight to the call, or past the trace.");
        text.line("#define PENSTOCK_EXPORTS")
                .line("#include \"capture.h\"")
                .line("#include \"prototypes.h\"")
                .line("#include \"trace.h\"")
                .blank();
        spec.calls().forEach(call -> export(text, call, call.name()));
        spec.aliases().forEach(alias -> export(text, spec.call(alias.call()), alias.name()));
        return text;
    }

    private static void export(SourceText text, Call call, String name) {
        List<CParam> params = call.cParams();
        String target = "implementation_" + name;
        String plain =
                "%s(%s)".formatted(target, params.stream().map(CParam::name).collect(Collectors.joining(", ")));
        String invocation = call.capture() == Call.Capture.FORBIDDEN
                ? "capture_forbids() ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : " + plain
                : plain;
        text.line(call.prototype(target) + ";");
        text.line(call.prototype(name) + " {");
        text.line("if (__builtin_expect(!trace_on, 1)) {");
        text.line("return %s;", invocation).line("}");
        text.line("uint64_t began = trace_now();");
        text.line("CUresult traced = %s;", invocation);
        String values = params.stream().map(ShimExports::value).collect(Collectors.joining(", "));
        text.line("const uint64_t values[] = {%s};", values.isEmpty() ? "0" : values);
        text.line("trace_call(\"%s\", values, %d, traced, began);", name, params.size());
        text.line("return traced;").line("}").blank();
    }

    /** The parameter as a number; for a scalar that the call sets, what it was set to. */
    private static String value(CParam param) {
        boolean set = param.pointer() && !param.type().startsWith("const") && SHOWN.contains(param.pointee());
        String plain = "TRACE_VALUE(%s)".formatted(param.name());
        return set
                ? "traced == CUDA_SUCCESS && %1$s != NULL ? TRACE_VALUE(*%1$s) : %2$s".formatted(param.name(), plain)
                : plain;
    }
}
