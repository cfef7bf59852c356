package io.penstock.appliance.command;

import io.penstock.appliance.api.ApiRooms;

/** Whether links to the web page lead anywhere: an installation without the page's files works, but for them. */
final class WebPage {
    /** What to do where there is none. */
    static final String MISSING =
            "this installation has no web page, so links to it lead nowhere: its files are missing from the"
                    + " folder ui. An archive that './dev dist' made and the packages have them; commands and /v1/ work without";

    private WebPage() {}

    static boolean isThere() {
        return ApiRooms.hasSite();
    }
}
