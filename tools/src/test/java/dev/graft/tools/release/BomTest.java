package dev.graft.tools.release;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BomTest {

  private static final Path CHECKOUT = Path.of(System.getProperty("graft.root"));

  @Test
  void namesEveryArtifactThatIsPublishedAndNoOther() throws IOException {
    List<String> published =
        Pom.published(CHECKOUT).stream().filter(Pom::isJar).map(Pom::artifact).sorted().toList();
    Pom bom = Pom.read(CHECKOUT.resolve("bom/pom.xml"));
    assertEquals(
        published,
        bom.texts("dependencyManagement/dependencies/dependency/artifactId").stream()
            .sorted()
            .toList());
  }
}
