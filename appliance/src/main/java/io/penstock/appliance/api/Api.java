package io.penstock.appliance.api;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.validation.ValidatedRequest;
import io.vertx.openapi.validation.ValidatorException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes requests as {@code openapi.yaml} says: gate, body (bounded), check against the schema, operation, answer.
 *
 * <p>An operation of the contract without a handler, or a handler without an operation, fails the start; so the document
 * that is served cannot lie. What changes something is written to the log {@code io.penstock.audit} with who did it.
 */
public final class Api {
    /** The most bytes of a request's body. */
    static final int BODY_BYTES_MAX = 1 << 20;

    static final String CONTRACT = "openapi.yaml";
    private static final String CALLER = "caller";
    private static final Set<String> QUIET = Set.of("heartbeat", "renewLease", "pluginVisibility");
    private static final Set<String> READING =
            Set.of("renewLease", "checkVcenter", "showVcenterCertificate", "pluginVisibility", "signIn", "signOut");
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");

    private final Gate gate;
    private final OpenAPIContract contract;
    private final Map<String, Operation> operations;
    private final Runnable changed;
    private final ContractBreach breach;
    private final Map<String, Entry> entries = new HashMap<>();

    private Api(Gate gate, OpenAPIContract contract, Map<String, Operation> operations, Runnable changed) {
        this.gate = gate;
        this.contract = contract;
        this.breach = new ContractBreach(contract.getRawContract());
        this.operations = operations;
        this.changed = changed;
    }

    /**
     * The router for these operations, by the contract's names for them.
     *
     * @param changed told after every operation that may have changed something
     */
    static Router router(
            Vertx vertx, OpenAPIContract contract, Gate gate, Map<String, Operation> operations, Runnable changed) {
        return new Api(gate, contract, operations, changed).build(vertx);
    }

    private Router build(Vertx vertx) {
        Set<String> specified = new TreeSet<>();
        contract.operations().forEach(operation -> {
            specified.add(operation.getOperationId());
            entries.put(operation.getOperationId(), Entry.of(operation));
        });
        if (!specified.equals(operations.keySet())) {
            throw new IllegalStateException(
                    CONTRACT + " has operations " + specified + ", the code " + operations.keySet());
        }
        RouterBuilder builder = RouterBuilder.create(vertx, contract, RequestExtractor.withBodyHandler());
        builder.rootHandler((SecurityPolicyHandler) this::passGate);
        builder.rootHandler(BodyHandler.create(false).setBodyLimit(BODY_BYTES_MAX));
        for (String id : specified) {
            builder.getRoute(id).addHandler(context -> answer(id, context)).addFailureHandler(context -> {
                if (innermost(context.failure()) instanceof ValidatorException invalid) {
                    error(context, 400, "bad_request", wrong(context, invalid));
                } else {
                    fail(context);
                }
            });
        }
        Router router = builder.createRouter();
        router.route().last().handler(context -> context.fail(404)).failureHandler(Api::fail);
        Router all = Router.router(vertx);
        Site.addTo(all, Site.folder());
        all.route("/*").subRouter(router);
        return all;
    }

    /** Stops a request that the contract does not allow before its body is read. */
    private void passGate(RoutingContext context) {
        HttpServerRequest request = context.request();
        io.vertx.openapi.contract.Operation operation = contract.findOperation(request.path(), request.method());
        // a path that means something else once it is made plain would be judged as one and answered as another
        if (operation == null || !request.path().equals(context.normalizedPath())) {
            // whatever else such a caller sends on this connection is not waited for
            context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            context.fail(404);
            return;
        }
        request.pause();
        gate.admit(request, Objects.requireNonNull(entries.get(operation.getOperationId())))
                .onSuccess(caller -> {
                    context.put(CALLER, caller);
                    request.resume();
                    context.next();
                })
                .onFailure(failure -> {
                    if (failure instanceof Refusal refusal) {
                        AUDIT.warn(
                                "{} from {} refused: {} {}",
                                operation.getOperationId(),
                                request.remoteAddress(),
                                refusal.code(),
                                refusal.getMessage());
                    }
                    request.resume();
                    context.fail(failure);
                });
    }

    private void answer(String id, RoutingContext context) {
        Call call = call(context);
        Future.succeededFuture(operations.get(id))
                .compose(operation -> operation.answer(call))
                .onComplete(
                        answer -> {
                            audit(id, context, call, "done");
                            if (!context.request().method().equals(HttpMethod.GET) && !READING.contains(id)) {
                                changed.run();
                            }
                            send(context, answer);
                        },
                        failure -> {
                            if (failure instanceof Refusal refusal) {
                                audit(id, context, call, "refused: " + refusal.code() + ": " + refusal.getMessage());
                            }
                            context.fail(failure);
                        });
    }

    private static Call call(RoutingContext context) {
        ValidatedRequest request = context.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST);
        JsonObject body = request.getBody() == null || request.getBody().isNull()
                ? new JsonObject()
                : request.getBody().getJsonObject();
        Map<String, String> parameters = new HashMap<>();
        request.getPathParameters().forEach((name, value) -> parameters.put(name, value.getString()));
        request.getQuery().forEach((name, value) -> parameters.put(name, String.valueOf(value.get())));
        return new Call(
                context.get(CALLER),
                body,
                parameters,
                context.request().remoteAddress().hostAddress(),
                SessionCookie.of(context.request()),
                Gate.vsphereSession(context.request()));
    }

    private static void audit(String id, RoutingContext context, Call call, String outcome) {
        if (!context.request().method().equals(HttpMethod.GET) && !QUIET.contains(id)) {
            AUDIT.info(
                    "{}{} by {} from {}: {}",
                    id,
                    object(call.parameters()),
                    call.caller().shown(),
                    context.request().remoteAddress().hostAddress(),
                    outcome);
        }
    }

    /** What the call is about, after a blank; empty where it is about nothing that was there before. */
    private static String object(Map<String, String> parameters) {
        return Stream.of("id", "moref", "vcenter")
                .map(parameters::get)
                .filter(Objects::nonNull)
                .findFirst()
                .map(object -> " " + object)
                .orElse("");
    }

    private static void send(RoutingContext context, Answer answer) {
        HttpServerResponse response = context.response()
                .setStatusCode(answer.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, answer.type())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (answer.cookie() != null) {
            response.putHeader(HttpHeaders.SET_COOKIE, answer.cookie());
        }
        response.end(answer.body());
    }

    private static void fail(RoutingContext context) {
        Throwable failure = context.failure();
        if (failure instanceof Refusal refusal) {
            error(context, status(refusal.reason()), refusal.code(), String.valueOf(refusal.getMessage()));
        } else if (context.statusCode() == 404 || context.statusCode() == 405) {
            error(
                    context,
                    404,
                    "not_found",
                    "there is no " + context.request().method() + " " + context.normalizedPath());
        } else if (context.statusCode() == 413) {
            error(context, 413, "too_large", "a request has at most " + BODY_BYTES_MAX + " bytes");
        } else if (context.statusCode() >= 400 && context.statusCode() < 500) {
            error(context, context.statusCode(), "bad_request", "the request is broken: " + reason(failure));
        } else {
            LOG.error("{} {} failed", context.request().method(), context.normalizedPath(), failure);
            error(context, 500, "internal", "the appliance failed; its log says more");
        }
    }

    /** What is wrong with a request that the contract does not allow; what the contract's schemas do not tell, the library does. */
    private String wrong(RoutingContext context, ValidatorException invalid) {
        io.vertx.openapi.contract.Operation operation = contract.findOperation(
                context.request().path(), context.request().method());
        if (operation == null) {
            return String.valueOf(invalid.getMessage());
        }
        Object body;
        try {
            body = context.body().isEmpty()
                    ? null
                    : Json.decodeValue(context.body().buffer());
        } catch (DecodeException e) {
            return "the request's body is no JSON: " + e.getMessage();
        }
        String path = operation.getOpenAPIPath();
        return breach.of(
                        path,
                        context.request().method().name().toLowerCase(Locale.ROOT),
                        name -> parameter(context, name),
                        body)
                .orElseGet(() -> String.valueOf(invalid.getMessage()));
    }

    private static @Nullable String parameter(RoutingContext context, String name) {
        String inPath = context.pathParam(name);
        return inPath == null ? context.request().getParam(name) : inPath;
    }

    /** What is at the bottom of a failure; the router wraps what the contract's check says. */
    private static @Nullable Throwable innermost(@Nullable Throwable failure) {
        Throwable root = failure;
        while (root != null && root.getCause() != null && !(root instanceof ValidatorException)) {
            root = root.getCause();
        }
        return root;
    }

    private static String reason(@Nullable Throwable failure) {
        Throwable root = innermost(failure);
        return root == null ? "no reason known" : String.valueOf(root.getMessage());
    }

    private static int status(Reason reason) {
        return switch (reason) {
            case INVALID -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case GONE -> 410;
            case LIMITED -> 429;
            case UPSTREAM -> 502;
        };
    }

    private static void error(RoutingContext context, int status, String code, String text) {
        if (context.response().ended()) {
            return;
        }
        JsonObject error = new JsonObject().put("code", code).put("text", text);
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(new JsonObject().put("error", error).toBuffer());
    }
}
