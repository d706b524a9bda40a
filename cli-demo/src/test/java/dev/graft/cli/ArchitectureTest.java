package dev.graft.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Dependencies point down the rooms: cli, train, serve; jpeg lies beside train. */
class ArchitectureTest {

  private static final String[] SERVE = {
    "dev.graft.photo..", "dev.graft.model..", "dev.graft.serve..", "dev.graft.shutdown.."
  };
  private static final String[] TRAIN = {
    "dev.graft.data..",
    "dev.graft.augment..",
    "dev.graft.onnx..",
    "dev.graft.backbone..",
    "dev.graft.train..",
    "dev.graft.evaluate.."
  };
  private static final Path ROOT = Path.of(System.getProperty("graft.root"));

  private static final JavaClasses GRAFT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.graft");

  @Test
  void serveKnowsNothingOfTrainingDjlOrProtobuf() {
    noClasses()
        .that()
        .resideInAnyPackage(SERVE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "ai.djl..",
            "ai.onnx.proto..",
            "com.google.protobuf..",
            "dev.graft.data..",
            "dev.graft.augment..",
            "dev.graft.onnx..",
            "dev.graft.backbone..",
            "dev.graft.train..",
            "dev.graft.evaluate..",
            "dev.graft.curves..",
            "dev.graft.jpeg..",
            "dev.graft.cli..")
        .check(GRAFT);
  }

  @Test
  void nobodyNamesTheJpegDecoderAndItKnowsPhotosAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.jpeg..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.graft.jpeg..", "org.bytedeco..")
        .check(GRAFT);
    noClasses()
        .that()
        .resideInAPackage("dev.graft.jpeg..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.graft..")
                .and(resideOutsideOfPackages("dev.graft.jpeg..", "dev.graft.photo..")))
        .check(GRAFT);
  }

  @Test
  void trainKnowsNothingOfTheCommandLine() {
    noClasses()
        .that()
        .resideInAnyPackage(TRAIN)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.graft.cli..", "dev.graft.curves..", "picocli..")
        .check(GRAFT);
  }

  @Test
  void onlyTheOnnxRoomKnowsProtobufAndOnlyTrainingKnowsDjl() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.onnx..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.onnx.proto..", "com.google.protobuf..")
        .check(GRAFT);
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.graft.train..", "dev.graft.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(GRAFT);
  }

  @Test
  void onlyTheCurvesKnowTheChartLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.curves..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.knowm.xchart..", "org.apache.batik..")
        .check(GRAFT);
  }

  @Test
  void packagesDependOnEachOtherInOneDirection() {
    SlicesRuleDefinition.slices()
        .matching("dev.graft.(*)..")
        .should()
        .beFreeOfCycles()
        .check(GRAFT);
  }

  @Test
  void noPublicSignatureHasANativeOrProtobufType() {
    List<String> found = new ArrayList<>();
    for (JavaClass type : GRAFT) {
      if (!type.getModifiers().contains(JavaModifier.PUBLIC)) {
        continue;
      }
      for (JavaMember member : type.getMembers()) {
        Set<JavaModifier> modifiers = member.getModifiers();
        if (!modifiers.contains(JavaModifier.PUBLIC)
            && !modifiers.contains(JavaModifier.PROTECTED)) {
          continue;
        }
        Stream<JavaClass> types =
            member instanceof JavaMethod method
                ? Stream.concat(
                    Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                : member.getAllInvolvedRawTypes().stream();
        types
            .map(JavaClass::getName)
            .filter(
                name ->
                    name.matches(
                        "(ai\\.djl|ai\\.onnx|ai\\.onnxruntime|com\\.google|org\\.bytedeco)\\..*"))
            .forEach(name -> found.add(member.getFullName() + " has " + name));
      }
    }
    assertEquals(List.of(), found);
  }

  @Test
  void noPackageLiesInTwoArtifactsAndEachSaysWhatItIsFor() throws IOException {
    Map<String, Set<String>> modulesByPackage = new TreeMap<>();
    for (String module : List.of("lib/serve", "lib/jpeg", "lib/train", "cli-demo", "bench")) {
      Path sources = ROOT.resolve(module).resolve("src/main/java");
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(
                file ->
                    modulesByPackage
                        .computeIfAbsent(
                            sources.relativize(file.getParent()).toString(), p -> new TreeSet<>())
                        .add(module));
      }
    }
    modulesByPackage.forEach(
        (name, modules) -> {
          assertEquals(1, modules.size(), name + " lies in " + modules);
          Path info =
              ROOT.resolve(modules.iterator().next())
                  .resolve("src/main/java")
                  .resolve(name)
                  .resolve("package-info.java");
          assertTrue(Files.exists(info), info + " is missing");
        });
  }
}
