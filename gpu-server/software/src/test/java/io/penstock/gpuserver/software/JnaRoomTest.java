package io.penstock.gpuserver.software;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class JnaRoomTest {
    /** Names are enough for these rules; resolving the JDK's classes takes seconds. */
    @BeforeAll
    static void readOnlyOurOwnClasses() {
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    }

    @Test
    void onlyTheDriverRoomKnowsJna() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.penstock.gpuserver.driver")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.penstock"));
    }

    @Test
    void noJnaTypeLeavesTheDriverRoom() {
        noClasses()
                .that()
                .resideInAPackage("io.penstock.gpuserver.driver")
                .and()
                .arePublic()
                .and()
                .areInterfaces()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(new ClassFileImporter().importPackages("io.penstock.gpuserver.driver"));
    }
}
