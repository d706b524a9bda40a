package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.testing.Ended;
import dev.graft.testing.JavaProcess;
import java.awt.image.BufferedImage;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program of modules needs no more than {@code requires graft.serve}. */
class ModulePathTest {

  private static final String PROGRAM =
      """
      package album;

      import dev.graft.error.GraftException;
      import dev.graft.serve.Classifier;
      import java.nio.file.Path;
      import javax.imageio.ImageIO;

      public class Main {
        public static void main(String[] args) throws Exception {
          try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
            for (int i = 1; i < args.length; i++) {
              Path photo = Path.of(args[i]);
              System.out.println(classifier.classify(photo).best().label());
              System.out.println(classifier.classify(ImageIO.read(photo.toFile())).best().label());
            }
            classifier.classify(Path.of("none.jpg"));
          } catch (GraftException e) {
            System.out.println(e.code());
          }
        }
      }
      """;

  @TempDir Path folder;

  /** Graft's own classes and the libraries that it needs, as they are when it is installed. */
  private static String modulePath() throws URISyntaxException {
    Path graft =
        Path.of(Classifier.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Stream<String> libraries =
        Stream.of(JavaProcess.classPath().split(File.pathSeparator))
            .filter(
                entry ->
                    Path.of(entry)
                        .getFileName()
                        .toString()
                        .matches("(onnxruntime|gson|imageio-|common-(lang|io|image)).*\\.jar"));
    return Stream.concat(Stream.of(graft.toString()), libraries)
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  @Timeout(120)
  void aModularProgramClassifiesPhotos() throws Exception {
    Path sources = Files.createDirectories(folder.resolve("album/album")).getParent();
    Path descriptor = sources.resolve("module-info.java");
    Files.writeString(descriptor, "module album { requires graft.serve; }");
    Path program = Files.writeString(sources.resolve("album/Main.java"), PROGRAM);
    Path classes = folder.resolve("classes");
    int compiled =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "-p",
                modulePath(),
                "-d",
                classes.toString(),
                descriptor.toString(),
                program.toString());
    assertEquals(0, compiled);

    Path png = TestPhotos.write(folder.resolve("photo.png"), 40, 30, 250, 10, 20);
    BufferedImage image = ImageIO.read(png.toFile());
    Path tiff = folder.resolve("photo.tiff");
    ImageIO.write(image, "tiff", tiff.toFile());
    Ended ended =
        JavaProcess.ofModule("album/album.Main", modulePath() + File.pathSeparator + classes)
            .options("-Xmx256m")
            .arguments(TestPhotos.model(folder), png, tiff)
            .run();
    assertEquals(
        List.of("red", "red", "red", "red", "FILE_NOT_FOUND"),
        ended.out().lines().toList(),
        ended.err());
    assertEquals(0, ended.code(), ended.err());
  }
}
