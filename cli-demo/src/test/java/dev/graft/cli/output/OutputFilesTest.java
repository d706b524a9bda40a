package dev.graft.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.cli.Cli;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

class OutputFilesTest {

  @Command
  private static final class AnyCommand {}

  @TempDir private Path folder;

  private static OutputFiles outputs(boolean force) {
    return new OutputFiles(new CommandLine(new AnyCommand()), force);
  }

  private void assertTaken(Path file) {
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> outputs(true).claim(file, List.of()));
    assertEquals(
        file
            + ": another run of Graft is about to write it; wait for its end or choose another"
            + " name",
        e.getMessage());
  }

  @Test
  void areOneRunsUntilTheyAreClosed() throws IOException {
    Path file = folder.resolve("m.onnx");
    try (OutputFiles mine = outputs(false)) {
      mine.claim(file, List.of());
      mine.claim(file, List.of());
      assertEquals(List.of(".m.onnx.lock"), Cli.files(folder));
      assertTaken(file);
      assertTaken(folder.resolve("../" + folder.getFileName() + "/m.onnx"));
      Files.writeString(file, "made");
      assertTaken(file);
      outputs(false).claim(folder.resolve("other.onnx"), List.of());
      Files.delete(folder.resolve(".other.onnx.lock"));
    }
    assertEquals(List.of("m.onnx"), Cli.files(folder));
    try (OutputFiles next = outputs(true)) {
      next.claim(file, List.of());
    }
    assertEquals(List.of("m.onnx"), Cli.files(folder));
  }

  @Test
  void areNotOverwrittenUnlessForced() throws IOException {
    Path file = Files.writeString(folder.resolve("mine"), "mine");
    assertThrows(
        FileAlreadyExistsException.class, () -> outputs(false).claim(file, List.of(folder)));
    ParameterException e =
        assertThrows(
            ParameterException.class,
            () -> outputs(true).claim(file, List.of(folder, folder.resolve("./mine"))));
    assertEquals("the output " + file + " is one of the inputs", e.getMessage());
    assertEquals(List.of("mine"), Cli.files(folder));
  }

  @Test
  void areRefusedWhereTheirNamesAreTooLong() throws IOException {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "names of 255 bytes");
    Path file = folder.resolve("m".repeat(253));
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> outputs(false).claim(file, List.of()));
    assertEquals(
        file
            + ": its name is too long, as an unfinished file of a longer one is written first;"
            + " expected 41 bytes less",
        e.getMessage());
    String checkpoint = "m".repeat(205) + ".onnx";
    Cli failed = Cli.run("train", folder, "-o", folder.resolve(checkpoint), "--backbone", "none");
    assertEquals(1, failed.code());
    assertTrue(
        failed.err().endsWith("a longer one is written first; expected 9 bytes less\n"),
        failed.err());
    assertTrue(failed.err().contains(": no checkpoint can be written beside it, "), failed.err());
    assertEquals(List.of(), Cli.files(folder));
  }

  @Test
  @Timeout(120) // so that a hang ends; nothing here measures time
  void belongToAnotherProcessWhileItLives() throws Exception {
    Path photos = Cli.samples(folder.resolve("photos"), 3, "birds", "fruit");
    Path out = Files.createDirectory(folder.resolve("out"));
    Path model = out.resolve("m.onnx");
    Object[] train = {
      "train", photos, "-o", model, "--backbone", "none", "--no-cache", "--no-curves", "--epochs"
    };
    try (Cli.Running first = Cli.start(folder, Map.of(), List.of(), with(train, 1_000_000))) {
      first.awaitError("epoch 1/");
      Cli.run(with(train, 1))
          .is(
              1,
              "",
              "graft: %s: another run of Graft is about to write it; wait for its end or choose"
                      .formatted(model)
                  + " another name\n");
      first.kill();
    }
    Cli second = Cli.run(with(train, 1));
    assertEquals(0, second.code(), second.err());
    assertEquals(List.of("m.onnx"), Cli.files(out));
  }

  private static Object[] with(Object[] args, Object last) {
    Object[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = last;
    return all;
  }
}
