package io.penstock.appliance.api;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The cookie of a session of the appliance's own page: no script reads it, no other site sends it. */
final class SessionCookie {
    // the prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis 4.1.3.2)
    private static final String NAME = "__Host-penstock";

    private SessionCookie() {}

    /** The session's secret, if the request has one. */
    static @Nullable String of(HttpServerRequest request) {
        Cookie cookie = request.getCookie(NAME);
        return cookie == null || cookie.getValue().isEmpty() ? null : cookie.getValue();
    }

    /** The header value that gives a browser a session. */
    static String set(String secret) {
        return cookie(secret).encode();
    }

    /** The header value that takes it away. */
    static String clear() {
        return cookie("").setMaxAge(0).encode();
    }

    /** Whether the page that made a browser send this is the appliance's own. */
    static boolean fromOwnPage(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || request.authority() == null) {
            return false;
        }
        try {
            return request.authority().toString().equals(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether another page made a browser send this; a program that is no browser has neither an origin nor a session. */
    static boolean fromElsewhere(HttpServerRequest request) {
        return (request.getHeader(HttpHeaders.ORIGIN) != null || of(request) != null) && !fromOwnPage(request);
    }

    private static Cookie cookie(String secret) {
        return Cookie.cookie(NAME, secret)
                .setHttpOnly(true)
                .setSecure(true)
                .setSameSite(CookieSameSite.STRICT)
                .setPath("/");
    }
}
