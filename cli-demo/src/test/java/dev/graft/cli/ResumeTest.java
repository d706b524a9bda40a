package dev.graft.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.cli.Cli.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --resume} after a real process was killed in the midst of its work. */
@Timeout(240) // so that a hang ends; nothing here measures time
class ResumeTest {

  private static final int HEAD_EPOCHS = 300;

  @TempDir private Path temp;

  /** Both stages, augmented: all that a training has. */
  private Object[] training(Path model, Object... more) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("train", temp.resolve("photos"), "-o", model, "--no-curves"));
    args.addAll(List.of("--backbone", "efficientnet-lite0", "--no-cache", "--threads", 2));
    args.addAll(List.of("--epochs", HEAD_EPOCHS, "--schedule", "cosine", "--dropout", 0.2));
    args.addAll(List.of("--augment", "flips", "--variants", 1, "--optimizer", "adamw"));
    args.addAll(List.of("--fine-tune", "head", "--fine-tune-epochs", 5, "--clip-norm", 1));
    args.addAll(List.of(more));
    return args.toArray();
  }

  @Test
  void makesTheSameFileAsARunThatWasNotKilled() throws Exception {
    Cli.samples(temp.resolve("photos"), 6, "birds", "fruit");
    Path whole = temp.resolve("whole.onnx");
    Cli uninterrupted = Cli.run(training(whole));
    assertEquals(0, uninterrupted.code(), uninterrupted.err());

    Path out = Files.createDirectory(temp.resolve("out"));
    Path model = out.resolve("m.onnx");
    killAt("epoch 3/" + HEAD_EPOCHS + ",", training(model));
    assertEquals(0, stage(out));
    killAt("epoch %d/".formatted(HEAD_EPOCHS + 1), training(model, "--resume"));
    assertEquals(1, stage(out));
    try (Running last = Cli.start(temp, Map.of(), List.of(), training(model, "--resume"))) {
      Cli done = last.await();
      assertEquals(0, done.code(), done.err());
      assertTrue(done.err().contains("epoch %1$d/%1$d,".formatted(HEAD_EPOCHS + 5)), done.err());
      assertTrue(!done.err().contains("epoch %d/".formatted(HEAD_EPOCHS + 1)), done.err());
    }

    assertEquals(List.of("m.onnx"), Cli.files(out));
    assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(model));
    String info = Cli.run("info", model).out();
    for (String line :
        List.of(
            "  optimizer     adamw",
            "  schedule      cosine",
            "  clip_norm     1.0",
            "  augmentation  horizontal-flip",
            "  fine_tune     head",
            "  fine_tune_epochs 5",
            "  fine_tune_learning_rate 1.0E-4")) {
      assertTrue(info.contains(line), line + " is missing in " + info);
    }
  }

  private void killAt(String line, Object... args) throws IOException, InterruptedException {
    try (Running running = Cli.start(temp, Map.of(), List.of(), args)) {
      running.awaitError(line);
      running.kill();
    }
  }

  /** In which stage the checkpoint is that the killed run has left. */
  private static int stage(Path folder) throws IOException {
    List<String> files = new ArrayList<>(Cli.files(folder));
    files.removeIf(file -> file.endsWith(".part") || file.endsWith(".lock")); // of a killed run
    assertEquals(List.of("m.onnx.checkpoint"), files);
    String header = new String(Files.readAllBytes(folder.resolve("m.onnx.checkpoint")), ISO_8859_1);
    int at = header.indexOf("stage");
    return header.substring(at, at + 12).replaceAll("\\D", "").charAt(0) - '0';
  }
}
