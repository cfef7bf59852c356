package io.penstock.endtoend;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who lives in which room of the house, and what may not come in. */
final class RoomsTest {
    private static final String VERTX = "io.vertx..";
    private static final String NETTY = "io.netty..";
    private static final String JNA = "com.sun.jna..";
    private static final String CODEC = "io.penstock.protocol.codec..";
    private static final String LINK = "io.penstock.protocol.link..";
    private static final String SERVER = "io.penstock.gpuserver..";
    private static final String DRIVER = "io.penstock.gpuserver.driver..";
    private static final String SOFTWARE = "io.penstock.gpuserver.software..";
    private static final String AGENT = "io.penstock.agent..";
    private static final String CLI = "io.penstock.cli..";
    private static final String APPLIANCE = "io.penstock.appliance..";

    private static JavaClasses house;

    @BeforeAll
    static void readTheClasses() {
        house = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.penstock");
    }

    @Test
    void everyProgramIsRead() {
        assertThat(house.stream().map(one -> one.getPackageName()))
                .anyMatch(name -> name.startsWith("io.penstock.protocol"))
                .anyMatch(name -> name.startsWith("io.penstock.gpuserver"))
                .anyMatch(name -> name.startsWith("io.penstock.agent"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void holds(ArchRule rule) {
        rule.allowEmptyShould(true).check(house);
    }

    static Stream<ArchRule> rules() {
        return Stream.of(namesAndWhatBothEndsShare(), theEnds(), theAppliance()).flatMap(rules -> rules);
    }

    private static Stream<ArchRule> namesAndWhatBothEndsShare() {
        return Stream.of(
                noClasses()
                        .should()
                        .haveSimpleNameEndingWith("Manager")
                        .orShould()
                        .haveSimpleNameEndingWith("Helper")
                        .orShould()
                        .haveSimpleNameEndingWith("Util")
                        .orShould()
                        .haveSimpleNameEndingWith("Utils")
                        .orShould()
                        .haveSimpleNameEndingWith("Impl")
                        .orShould()
                        .haveSimpleNameEndingWith("Service")
                        .as("a class is named after its role, not Manager, Helper, Util, Impl or Service"),
                noClasses()
                        .that()
                        .resideOutsideOfPackages(DRIVER, AGENT)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(JNA)
                        .as("JNA stays in the driver, and in the agent for what the C library alone can do"),
                classes()
                        .that()
                        .resideInAPackage(CODEC)
                        .should()
                        .onlyDependOnClassesThat(resideInAnyPackage("java..", "org.jspecify..", CODEC))
                        .as("the codec needs java.base alone"),
                noClasses()
                        .that()
                        .resideInAPackage(LINK)
                        .should()
                        .dependOnClassesThat()
                        .haveFullyQualifiedName("io.penstock.protocol.codec.CallNumbers")
                        .as("the link knows no CUDA call"),
                noClasses()
                        .that()
                        .resideInAPackage("io.penstock.protocol..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(SERVER, AGENT, CLI, APPLIANCE)
                        .as("what both ends agree on knows neither end"));
    }

    private static Stream<ArchRule> theEnds() {
        return Stream.of(
                noClasses()
                        .that()
                        .resideInAPackage(SERVER)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(AGENT, CLI, APPLIANCE)
                        .as("the GPU server knows no client and no appliance code"),
                noClasses()
                        .that()
                        .resideInAPackage(AGENT)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(SERVER, CLI, APPLIANCE)
                        .as("the agent knows no server, appliance or command line code"),
                noClasses()
                        .that()
                        .resideInAPackage(APPLIANCE)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(SERVER, AGENT, CLI, LINK)
                        .as("the appliance touches no frame"),
                noClasses()
                        .that()
                        .resideInAPackage(AGENT)
                        .and()
                        .doNotHaveSimpleName("CallKinds")
                        .should()
                        .dependOnClassesThat()
                        .haveFullyQualifiedName("io.penstock.protocol.codec.CallNumbers")
                        .as("the agent reads headers and never a call: CallKinds alone knows numbers"),
                noClasses()
                        .that()
                        .resideInAnyPackage(DRIVER, SOFTWARE, "io.penstock.gpuserver.call..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(VERTX, NETTY)
                        .as("what executes calls knows no socket"));
    }

    private static Stream<ArchRule> theAppliance() {
        return Stream.of(
                noClasses()
                        .that(resideOutsideOfPackages("io.penstock.appliance.store.."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("org.h2..", "java.sql..")
                        .as("SQL stays in the appliance's store"),
                noClasses()
                        .that(resideOutsideOfPackages("io.penstock.appliance.vcenter.soap.."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("com.vmware..", "org.doublecloud..")
                        .as("yavijava stays in the SOAP room"),
                noClasses()
                        .that()
                        .resideInAnyPackage(
                                "io.penstock.appliance.vcenter.https..", "io.penstock.appliance.vcenter.tagging..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.penstock.appliance.vcenter.soap..")
                        .as("HTTPS and tags know no SOAP"),
                noClasses()
                        .that(resideInAnyPackage("io.penstock.appliance.vcenter..")
                                .and(resideOutsideOfPackage("io.penstock.appliance.vcenter.https..")))
                        .should()
                        .dependOnClassesThat()
                        .haveNameMatching(
                                "io\\.vertx\\.core\\.(http\\.HttpClient(Options)?|net\\.(NetClient|TrustOptions).*)")
                        .as("one room decides which certificate of a vCenter is accepted"),
                noClasses()
                        .that()
                        .resideInAPackage("io.penstock.appliance.vcenter..")
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(APPLIANCE)
                                .and(resideOutsideOfPackage("io.penstock.appliance.vcenter..")))
                        .as("how to talk to a vCenter knows nothing of the pool"),
                noClasses()
                        .that()
                        .resideInAPackage("io.penstock.appliance.api..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.penstock.appliance.vcenter.soap..")
                        .as("operations speak no SOAP"),
                noClasses()
                        .that()
                        .resideInAnyPackage("io.penstock.appliance.signin..", "io.penstock.appliance.lease..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("io.vertx.core.http..", "io.vertx.ext.web..")
                        .as("sign-in and leases know no HTTP"));
    }
}
