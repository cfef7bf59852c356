package io.penstock.appliance.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.FileSystemAccess;
import io.vertx.ext.web.handler.StaticHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files of the one web UI, for everybody: they hold no data. Whatever they show comes from the operations, which know
 * who asks.
 */
final class Site {
    /** System property that names the installation; the programs' start scripts set it. */
    private static final String HOME = "penstock.home";

    private static final String FOLDER = "ui";

    private static final String UI = "/ui/";
    private static final String MANIFEST = "/plugin.json";
    private static final String FINGERPRINTED = ".*[.-][A-Za-z0-9_-]{8,}\\.(?:js|css|woff2|svg|png)";
    private static final String YEAR = "public, max-age=31536000, immutable";

    // Styles that Angular and Clarity add to elements count as inline styles; no script is inline. The vSphere Client
    // shows the page in a frame through its own proxy, so that 'self' is the vCenter there.
    private static final String POLICY = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
            + " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self';"
            + " form-action 'self'; frame-ancestors ";

    // Nobody's frame holds the page that acts by the session's cookie. The plug-in's page is made for a frame, and the
    // shell
    // around it may have any origin (a gateway's, in a cloud); it has no power of its own: each of its calls waits for
    // a token
    // that the vSphere Client around it hands over, and the cookie counts for none of them.
    private static final String NOBODYS_FRAME = "'none'";
    private static final String ANY_FRAME = "*";
    private static final String PLACE = "in";
    private static final String VSPHERE = "vsphere";

    private Site() {}

    /** The folder of the UI's files, if this installation has one. */
    static @Nullable Path folder() {
        String home = System.getProperty(HOME);
        Path folder = home == null ? null : Path.of(home, FOLDER).toAbsolutePath();
        return folder == null || !Files.isDirectory(folder) ? null : folder;
    }

    /** Adds the places of the UI to a router. */
    static void addTo(Router router, @Nullable Path folder) {
        router.route(HttpMethod.GET, "/").handler(context -> redirect(context, UI));
        router.routeWithRegex(HttpMethod.GET, "/ui").handler(context -> redirect(context, UI));
        if (folder == null) {
            router.route(HttpMethod.GET, UI + "*")
                    .handler(context -> context.response()
                            .setStatusCode(404)
                            .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                            .end("This installation has no web page; its files are missing. The API is at /v1/.\n"));
            return;
        }
        StaticHandler files = StaticHandler.create(FileSystemAccess.ROOT, folder.toString())
                .setCachingEnabled(false)
                .setDirectoryListing(false)
                .setIncludeHidden(false)
                .setIndexPage("index.html")
                .setDefaultContentEncoding("utf-8");
        router.route(HttpMethod.GET, UI + "*").handler(Site::protect).handler(files);
        router.route(HttpMethod.GET, MANIFEST)
                .handler(Site::protect)
                .handler(context -> context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .sendFile(folder.resolve("plugin.json").toString()));
    }

    private static void redirect(RoutingContext context, String place) {
        context.response()
                .setStatusCode(302)
                .putHeader(HttpHeaders.LOCATION, place)
                .end();
    }

    private static void protect(RoutingContext context) {
        String caching = context.normalizedPath().matches(FINGERPRINTED) ? YEAR : "no-cache";
        boolean plugin = VSPHERE.equals(context.request().getParam(PLACE));
        if (!plugin) {
            context.response().putHeader("X-Frame-Options", "DENY");
        }
        context.response()
                .putHeader("Content-Security-Policy", POLICY + (plugin ? ANY_FRAME : NOBODYS_FRAME))
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Strict-Transport-Security", "max-age=31536000")
                .putHeader(HttpHeaders.CACHE_CONTROL, caching);
        context.next();
    }
}
