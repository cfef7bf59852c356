package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the contract lets a person do, for two users of the vSphere Client: who has the privilege, and who has all others. */
@Tag("vcenter")
@Timeout(120)
final class EveryOperationIT extends VcenterHouse {
    private static final List<String> ALL = PluginRecord.PRIVILEGES;

    @Test
    void isForThoseWhoHaveItsPrivilegeAndForNobodyElse() throws Exception {
        add();
        Map<String, Map<String, String>> having = new HashMap<>();
        Map<String, Map<String, String>> lacking = new HashMap<>();
        for (String privilege : ALL) {
            having.put(privilege, user("has-" + privilege, List.of(privilege)));
            lacking.put(
                    privilege,
                    user(
                            "lacks-" + privilege,
                            ALL.stream()
                                    .filter(other -> !other.equals(privilege))
                                    .toList()));
        }
        OpenAPIContract contract = await(OpenAPIContract.from(house.vertx(), "openapi.yaml"));
        Set<String> guarding = new HashSet<>();
        int operations = 0;
        for (Operation operation : contract.operations()) {
            if (!(operation.getExtensions().get("x-privilege") instanceof String privilege)
                    || operation.getOperationId().equals("changes")) { // waits; the rule for it is the same
                continue;
            }
            guarding.add(privilege);
            operations++;
            Asked refused = asked(operation, Objects.requireNonNull(lacking.get(privilege)));
            assertThat(refused.status()).as(operation.getOperationId()).isEqualTo(403);
            assertThat(refused.code()).as(operation.getOperationId()).isEqualTo("privilege_missing");
            assertThat(refused.text()).contains("lacks-" + privilege, "io.penstock.vsphere." + privilege);
            Asked nobody = asked(operation, Map.of());
            assertThat(nobody.status()).as(operation.getOperationId()).isEqualTo(401);
            Asked let = asked(operation, Objects.requireNonNull(having.get(privilege)));
            assertThat(let.code())
                    .as("%s: %s", operation.getOperationId(), let.text())
                    .isNotIn("privilege_missing", "session_over", "credentials_missing");
        }
        assertThat(guarding).containsExactlyInAnyOrderElementsOf(ALL);
        assertThat(operations).isGreaterThan(20);
    }

    private Map<String, String> user(String name, List<String> privileges) throws Exception {
        String account = name + "@vsphere.local";
        grant(account, privileges.toArray(String[]::new));
        return client(account, name + "-password");
    }

    /** With an empty body: whoever may not do it is refused before anybody looks at what is asked. */
    private Asked asked(Operation operation, Map<String, String> who) throws Exception {
        String object = operation.getOpenAPIPath().contains("/hosts/") ? "host" : "vm";
        String moref = object.equals("vm") ? vm("ml1").getString("moref") : hostOf("ml1");
        String path = operation
                .getOpenAPIPath()
                .replace("{vcenter}", vcsim.instanceUuid())
                .replace("{moref}", moref)
                .replace("{id}", "nothing-of-this-id");
        HttpMethod method = operation.getHttpMethod();
        return ask(method, path, who, method.equals(HttpMethod.POST) ? new JsonObject() : null);
    }

    private String hostOf(String name) throws Exception {
        return vm(name).getJsonObject("host").getString("moref");
    }
}
