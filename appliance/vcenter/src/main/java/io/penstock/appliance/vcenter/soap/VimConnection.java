package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.AboutInfo;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.UserSession;
import com.vmware.vim25.VimPortType;
import io.penstock.appliance.vcenter.About;
import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.https.HttpsTransport.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.MalformedURLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one vCenter and the session on it, if somebody logged in. Safe for all threads; each call is one message and
 * has a time limit. Every method throws {@link VcenterException}.
 */
public final class VimConnection implements AutoCloseable {
    private static final ObjectRef SERVICE = new ObjectRef("ServiceInstance", "ServiceInstance");
    private static final String CLONE_TICKET = "/api/ui/vcenter/session/clone-ticket";

    /** The API's versions whose fields we send or ask for, the newest first; an older vCenter gets one that it knows. */
    private static final List<String> SPOKEN = List.of("8.0.2.0", "7.0", "6.0");

    private final SoapTransport transport;
    private final YaviClient client;
    private final VimPortType port;
    private final ServiceContent content;
    private final About about;
    private volatile @Nullable String sessionKey;
    private volatile String userName = "";

    private VimConnection(SoapTransport transport, YaviClient client) {
        this.transport = transport;
        this.client = client;
        try {
            this.port = new VimPortType(client);
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
        this.content = Yavi.ask(() -> port.retrieveServiceContent(Yavi.theirs(SERVICE)));
        AboutInfo said = content == null ? null : content.about;
        if (said == null || said.instanceUuid == null || content.sessionManager == null) {
            throw new VcenterException(
                    Kind.BAD_ANSWER, transport.address() + " is no vCenter: it does not say which one it is");
        }
        this.about = new About(said.instanceUuid, said.name, said.version, said.apiVersion);
        SPOKEN.stream().filter(about::atLeast).findFirst().ifPresent(client::speak);
    }

    /**
     * Connects, nobody logged in.
     *
     * @param thumbprint of the one certificate that is accepted
     * @param patience how long each call may take
     */
    public static VimConnection open(Vertx vertx, VcenterAddress address, Thumbprint thumbprint, Duration patience) {
        SoapTransport transport = new SoapTransport(vertx, address, thumbprint);
        try {
            return new VimConnection(transport, new YaviClient(transport, patience));
        } catch (RuntimeException e) {
            transport.close();
            throw e;
        }
    }

    /** What the vCenter says of itself. */
    public About about() {
        return about;
    }

    /** Where it is. */
    public VcenterAddress address() {
        return transport.address();
    }

    /** The root of its inventory. */
    public ObjectRef rootFolder() {
        return Yavi.ours(content.rootFolder);
    }

    /** Logs in; the session lives as long as it is used. */
    public void login(Credentials credentials) {
        begun(Yavi.ask(() -> port.login(
                content.sessionManager,
                credentials.user(),
                credentials.password().value(),
                "en")));
    }

    private void begun(@Nullable UserSession session) {
        if (session == null || session.key == null || session.key.isBlank()) {
            throw new VcenterException(Kind.BAD_ANSWER, "vCenter " + address() + " did not say which session it began");
        }
        sessionKey = session.key;
        transport.expectMuch();
        userName = session.userName == null ? "" : session.userName;
    }

    /**
     * Becomes a session of somebody else's, by a ticket that is good once.
     *
     * @return the user's name
     */
    public String cloneSession(String ticket) {
        begun(Yavi.ask(() -> port.cloneSession(content.sessionManager, ticket)));
        return userName;
    }

    /**
     * Trades the token of a session of this vCenter's vSphere Client for a ticket.
     *
     * @param token a secret
     * @param vcenter the instance UUID of the vCenter where the ticket is to be good: this one, or one that is linked with it
     * @throws VcenterException {@link Kind#NOT_AUTHENTICATED} when the session has ended
     */
    public String cloneTicket(String token, String vcenter, Duration patience) {
        Buffer body = new JsonObject().put("vc_guid", vcenter).toBuffer();
        Reply reply = transport.postJson(CLONE_TICKET, List.of("vmware-api-session-id", token), body, patience);
        if (reply.status() == 401 || reply.status() == 403) {
            throw new VcenterException(
                    Kind.NOT_AUTHENTICATED,
                    "vCenter " + address() + " does not know this session of the vSphere Client");
        }
        try {
            String ticket =
                    reply.status() == 200 ? new JsonObject(reply.body()).getString("session_clone_ticket") : null;
            if (ticket != null) {
                return ticket;
            }
        } catch (DecodeException | ClassCastException e) {
            throw new VcenterException(
                    Kind.BAD_ANSWER, "vCenter " + address() + " answered no JSON to a request for a clone ticket", e);
        }
        throw new VcenterException(
                Kind.BAD_ANSWER,
                "vCenter " + address() + " answered HTTP " + reply.status() + " to a request for a clone ticket");
    }

    /** Ends the session; one that has ended is no error. */
    public void logout() {
        try {
            Yavi.tell(() -> port.logout(content.sessionManager));
        } catch (VcenterException e) {
            if (e.kind() != Kind.NOT_AUTHENTICATED) {
                throw e;
            }
        } finally {
            sessionKey = null;
            transport.forgetSession();
        }
    }

    /** The key of the session, by which calls name it; the cookie is another secret. */
    public String sessionKey() {
        String key = sessionKey;
        if (key == null) {
            throw new VcenterException(Kind.NOT_AUTHENTICATED, "nobody is logged in to vCenter " + address());
        }
        return key;
    }

    /** The account that logged in last, as the vCenter names it, however it was written. */
    public String userName() {
        return userName;
    }

    /** The vCenter's clock; asking keeps the session alive. */
    public Instant currentTime() {
        return Yavi.ask(() -> port.currentTime(Yavi.theirs(SERVICE))).toInstant();
    }

    /** Privileges, roles and permissions. */
    public Authority authority() {
        return new Authority(this, port, content.authorizationManager);
    }

    /** The extension records. */
    public Extensions extensions() {
        return new Extensions(client, port, content.extensionManager, about);
    }

    /** Virtual machines' settings. */
    public Machines machines() {
        return new Machines(this, client);
    }

    /** Tasks and events. */
    public Activities activities() {
        return new Activities(port, content);
    }

    /** Properties of objects, now. */
    public Properties properties() {
        return new Properties(port, content.propertyCollector);
    }

    /**
     * Watches properties of all objects of some types.
     *
     * @param wait how long one call waits for a change
     */
    public PropertyWatch watch(List<WatchedType> types, Duration wait) {
        client.expectWaits(wait);
        return PropertyWatch.begin(port, content, types, wait);
    }

    /** Ends the connection without a word; calls that wait fail. */
    @Override
    public void close() {
        transport.close();
    }
}
