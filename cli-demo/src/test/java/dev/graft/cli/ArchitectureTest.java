package dev.graft.cli;

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
import dev.graft.error.GraftException;
import dev.graft.testing.Project;
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

/** Dependencies point down the rooms; what each may use is written here, and nowhere upward. */
class ArchitectureTest {

  private static final Path ROOT = Project.ROOT;

  private static final List<String> MODULES =
      List.of("lib/serve", "lib/jpeg", "lib/evaluate", "lib/train", "tools", "cli-demo", "bench");

  /** What a package of the libraries may use of Graft, from the bottom up. */
  private static final Map<String, Set<String>> MAY_USE = new TreeMap<>();

  private static void room(String name, String... uses) {
    assertTrue(MAY_USE.keySet().containsAll(List.of(uses)), name + " is below what it may use");
    MAY_USE.put(name, Set.of(uses));
  }

  static {
    // graft-serve
    room("error");
    room("shutdown");
    room("device", "error");
    room("protobuf");
    room("file", "shutdown");
    room("photo.spi");
    room("photo.decode", "photo.spi", "error");
    room("photo.tiff", "photo.decode");
    room("photo.webp", "photo.decode");
    room("photo", "photo.spi", "photo.decode", "photo.tiff", "photo.webp", "file", "error");
    room("model", "photo", "file", "protobuf", "error");
    room("engine", "device", "photo", "model", "protobuf", "shutdown");
    room("serve", "engine", "device", "photo", "model", "error");
    // graft-jpeg
    room("jpeg", "photo.spi");
    // graft-evaluate
    room("data", "serve", "engine", "photo", "model", "file", "error");
    room("evaluate", "data", "serve", "photo", "model", "error");
    // graft-train
    room("safetensors");
    room("optimize");
    room("augment", "photo", "file");
    room("onnx", "engine", "protobuf", "shutdown", "error");
    room("qdq", "onnx", "photo", "model");
    room(
        "quantize",
        "qdq",
        "onnx",
        "evaluate",
        "data",
        "serve",
        "engine",
        "photo",
        "model",
        "error");
    room("djl", "onnx", "device", "shutdown", "error");
    room("backbone", "djl", "onnx", "photo", "model", "file", "error");
    room("recipe", "backbone", "quantize", "optimize", "data", "model", "error");
    room(
        "features",
        "recipe",
        "quantize",
        "qdq",
        "backbone",
        "onnx",
        "augment",
        "data",
        "engine",
        "device",
        "photo",
        "model",
        "file");
    room(
        "fit",
        "features",
        "djl",
        "recipe",
        "backbone",
        "onnx",
        "augment",
        "optimize",
        "safetensors",
        "evaluate",
        "data",
        "photo",
        "model",
        "file",
        "shutdown");
    room(
        "train",
        "fit",
        "features",
        "djl",
        "recipe",
        "quantize",
        "qdq",
        "backbone",
        "onnx",
        "augment",
        "optimize",
        "evaluate",
        "data",
        "engine",
        "device",
        "photo",
        "model",
        "file",
        "shutdown");
  }

  /** For Graft alone: applications find no use in them and no promise. */
  private static final Set<String> INTERNAL =
      Set.of(
          "shutdown",
          "protobuf",
          "file",
          "photo.decode",
          "photo.tiff",
          "photo.webp",
          "engine",
          "safetensors",
          "onnx",
          "qdq",
          "djl",
          "features",
          "fit");

  /** Above the libraries, or beside them for the build alone: these may use all of them. */
  private static final Set<String> ABOVE =
      Set.of(
          "curves",
          "sheet",
          "cli",
          "cli.command",
          "cli.option",
          "cli.output",
          "cli.process",
          "bench",
          "testing",
          "tools.pretrained",
          "tools.distribution",
          "tools.release");

  private static final JavaClasses GRAFT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.graft");

  private static String room(JavaClass type) {
    return type.getPackageName().replaceFirst("^dev\\.graft\\.", "");
  }

  @Test
  void eachRoomUsesOnlyTheRoomsItMay() {
    Set<String> broken = new TreeSet<>();
    for (JavaClass type : GRAFT) {
      String from = room(type);
      if (ABOVE.contains(from)) {
        continue;
      }
      assertTrue(MAY_USE.containsKey(from), "what may " + from + " use?");
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(used -> used.getPackageName().startsWith("dev.graft"))
          .filter(used -> !room(used).equals(from) && !MAY_USE.get(from).contains(room(used)))
          .forEach(used -> broken.add(type.getName() + " uses " + used.getName()));
    }
    assertEquals(Set.of(), broken);
  }

  @Test
  void noRoomMayUseWhatItDoesNotUse() {
    Map<String, Set<String>> used = new TreeMap<>();
    for (JavaClass type : GRAFT) {
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(other -> other.getPackageName().startsWith("dev.graft"))
          .filter(other -> !room(other).equals(room(type)))
          .forEach(
              other -> used.computeIfAbsent(room(type), r -> new TreeSet<>()).add(room(other)));
    }
    MAY_USE.forEach(
        (name, may) ->
            assertEquals(new TreeSet<>(may), used.getOrDefault(name, new TreeSet<>()), name));
  }

  @Test
  void nobodyNamesTheJpegDecoder() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.jpeg..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.graft.jpeg..", "org.bytedeco..")
        .check(GRAFT);
  }

  @Test
  void onlyTheOnnxRoomKnowsProtobufAndOnlyTrainingKnowsDjl() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.onnx")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.onnx.proto..", "com.google.protobuf..")
        .check(GRAFT);
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.graft.djl", "dev.graft.fit", "dev.graft.train", "dev.graft.cli..")
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
  void whatUsersCanMendHasOneRoot() {
    Set<String> others = new TreeSet<>();
    for (JavaClass type : GRAFT) {
      if (MAY_USE.containsKey(room(type))
          && type.getModifiers().contains(JavaModifier.PUBLIC)
          && type.isAssignableTo(Throwable.class)
          && !type.isAssignableTo(GraftException.class)) {
        others.add(type.getName());
      }
    }
    // The reader makes a PhotoException of it, which knows the file.
    assertEquals(Set.of("dev.graft.photo.decode.BadPhotoException"), others);
  }

  @Test
  void photosAreScaledByALibraryForPeopleAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.sheet")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.imgscalr..")
        .check(GRAFT);
  }

  @Test
  void packagesDependOnEachOtherInOneDirection() {
    SlicesRuleDefinition.slices().matching("dev.graft.(**)").should().beFreeOfCycles().check(GRAFT);
  }

  @Test
  void noPublicSignatureHasANativeOrProtobufType() {
    List<String> found = new ArrayList<>();
    for (JavaClass type : GRAFT) {
      if (!type.getModifiers().contains(JavaModifier.PUBLIC)
          || !MAY_USE.containsKey(room(type))
          || INTERNAL.contains(room(type))) {
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
    for (String module : MODULES) {
      Path sources = ROOT.resolve(module).resolve("src/main/java");
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.endsWith("module-info.java"))
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
