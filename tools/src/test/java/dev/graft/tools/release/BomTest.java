package dev.graft.tools.release;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.testing.Project;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BomTest {

  @Test
  void namesEveryArtifactThatIsPublishedAndNoOther() throws IOException {
    List<String> published =
        Pom.published(Project.ROOT).stream()
            .filter(Pom::isJar)
            .map(Pom::artifact)
            .sorted()
            .toList();
    Pom bom = Pom.read(Project.ROOT.resolve("bom/pom.xml"));
    assertEquals(
        published,
        bom.texts("dependencyManagement/dependencies/dependency/artifactId").stream()
            .sorted()
            .toList());
  }
}
