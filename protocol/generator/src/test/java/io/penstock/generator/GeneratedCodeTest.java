package io.penstock.generator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The generator's output, once in full, as a reader of the shipped sources meets it. */
final class GeneratedCodeTest {
    private final Spec spec = new SpecReader(House.SPEC).read();

    @Test
    void stubOfPostedCallReadsLikeHandWrittenC() {
        SourceText text = new SourceText();
        new StubFunction(spec, spec.call("cuStreamWaitEvent")).writeTo(text);

        assertThat(text.toString()).isEqualTo("""

                        /* cuStreamWaitEvent, posted. */
                        CUresult cuStreamWaitEvent(CUstream hStream, CUevent hEvent, unsigned int Flags) {
                            CUresult result = CUDA_SUCCESS;
                            call_t call;
                            uint64_t wire_hStream = 0;
                            uint64_t wire_hEvent = 0;
                            result = handle_in(HANDLE_STREAM, hStream, &wire_hStream);
                            if (result != CUDA_SUCCESS) {
                                return result;
                            }
                            result = handle_in(HANDLE_EVENT, hEvent, &wire_hEvent);
                            if (result != CUDA_SUCCESS) {
                                return result;
                            }
                            result = call_begin(&call, CALL_cuStreamWaitEvent, CALL_POSTED, 24);
                            if (result != CUDA_SUCCESS) {
                                return result;
                            }
                            call_put_handle(&call, wire_hStream);
                            call_put_handle(&call, wire_hEvent);
                            call_put_u32(&call, Flags);
                            result = call_post(&call);
                            return result;
                        }
                        """);
    }

    @Test
    void unionIsTranslatedByWhatAnotherFieldSaysOfIt() {
        SourceText text = new SourceText();
        new StructHandles(spec.struct("CUDA_RESOURCE_DESC")).in(text, "copy", () -> text.line("check(result);"));

        assertThat(text.toString()).isEqualTo("""
                        switch (copy.resType) {
                            case 0:
                            result = handle_field_in(HANDLE_ARRAY, &copy.res);
                            break;
                            case 1:
                            result = handle_field_in(HANDLE_MIPMAPPEDARRAY, &copy.res);
                            break;
                            case 2:
                            break;
                            case 3:
                            break;
                            default:
                            result = CUDA_ERROR_INVALID_VALUE;
                            break;
                        }
                        check(result);
                        """);
    }

    @Test
    void serverRefusesUnionThatItCannotTranslate() {
        assertThat(new StructHandles(spec.struct("CUDA_RESOURCE_DESC")).toNative("desc"))
                .startsWith("switch (NativeMemory.getInt(desc + 0)) {\ncase 0 -> {\n")
                .endsWith("default -> {\nreturn CudaResult.INVALID_VALUE;\n}\n}\n");
    }

    @Test
    void refusedCallSaysWhyInTheProgramsLog() {
        SourceText text = new SourceText();
        new StubFunction(spec, spec.call("cuMemAllocManaged")).writeTo(text);

        assertThat(text.toString()).contains("return call_refused(\"cuMemAllocManaged\", CUDA_ERROR_NOT_SUPPORTED,");
    }

    @Test
    void goldenBodyIsTheOneOfTheDocument() {
        assertThat(new GoldenCall(spec, spec.call("cuStreamWaitEvent")).text()).isEqualTo("""
                        call cuStreamWaitEvent
                        in hStream handle:stream 1100000001000000
                        in hEvent handle:event 1200000002000000
                        in Flags u32 03000000
                        request 110000000100000012000000020000000300000000000000
                        """);
    }

    @Test
    void longLineBreaksAfterCommasAndNeverInsideQuotes() {
        String quoted = "\"" + "a, b ".repeat(18) + "\"";
        SourceText text = new SourceText().line("f(x, " + quoted + ", " + "argument, ".repeat(8) + "last);");

        assertThat(text.toString().lines()).hasSize(2).allMatch(line -> line.length() <= 120);
        assertThat(text.toString()).contains(quoted + ",").contains("\n        argument");
    }
}
