package io.penstock.generator;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One entry of the description.
 *
 * @param name the exported symbol
 * @param number permanent, from 256
 * @param family the file that describes it
 * @param mode how it is answered
 * @param shim who writes the client's half
 * @param server who writes the server's half
 * @param signature the C parameters of a call without {@code params}
 * @param params the parameters of a call whose body is generated; empty otherwise
 * @param coded whether the body is generated from {@code params}
 * @param request prose: the request's body where both halves are written by hand
 * @param reply prose: the reply's body, likewise
 * @param result what a refused call returns
 * @param why where a reader would ask; always for a refused call
 * @param capture what becomes of it while a stream of the process is captured
 */
record Call(
        String name,
        int number,
        String family,
        Mode mode,
        Author shim,
        Author server,
        String signature,
        List<Param> params,
        boolean coded,
        String request,
        String reply,
        int result,
        String why,
        Capture capture) {
    /** Whether the driver refuses the call during captures, but for threads and captures that are relaxed, and spoils them. */
    enum Capture {
        ALLOWED,
        FORBIDDEN
    }

    enum Mode {
        LOCAL,
        CACHED,
        POSTED,
        REMOTE,
        REFUSED
    }

    enum Author {
        GENERATED,
        HAND
    }

    boolean travels() {
        return mode == Mode.CACHED || mode == Mode.POSTED || mode == Mode.REMOTE;
    }

    boolean posted() {
        return mode == Mode.POSTED;
    }

    /** The parameters as a C prototype has them. */
    List<CParam> cParams() {
        return coded ? params.stream().map(p -> new CParam(p.c(), p.name())).toList() : CParam.parseAll(signature);
    }

    String prototype(String symbol) {
        List<CParam> list = cParams();
        String text =
                list.isEmpty() ? "void" : list.stream().map(CParam::declaration).collect(Collectors.joining(", "));
        return "CUresult " + symbol + "(" + text + ")";
    }

    /** What must match at both ends for the bytes to mean the same. */
    String canonical() {
        return number + " " + name + " " + mode + " " + params + " " + request + " " + reply;
    }
}
