package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.graft.cli.Cli.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Commands that are stopped at the worst of moments: while a native library is loaded, opens models
 * or computes. At hundreds of random moments {@code bench/stops} does it.
 */
@Timeout(240) // so that a hang ends; nothing here measures time
class StopTest {

  private static final Map<String, Integer> CODES = Map.of("INT", 130, "TERM", 143, "HUP", 129);
  private static final String STOPPED = "graft: stopped";

  @TempDir private Path temp;

  @BeforeEach
  void needsLinux() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/maps")), "Linux tells what a process has loaded");
    Cli.samples(temp.resolve("photos"), 8, "birds", "fruit");
    Files.createDirectory(temp.resolve("tmp"));
  }

  static Stream<Arguments> moments() {
    String many = " photos".repeat(500);
    return Stream.of(
        arguments("HUP", "libonnxruntime", "classify COLOURS -o out.csv" + many),
        arguments("TERM", "libonnxruntime4j", "quantize COLOURS -o q.onnx --calibration photos"),
        arguments("TERM", "libtorch", "doctor"),
        arguments("HUP", "libtorch", "train photos -o m.onnx --backbone none --epochs 100000"));
  }

  @ParameterizedTest
  @MethodSource("moments")
  void saysInOneLineThatItWasStoppedAndLeavesNothing(String signal, String library, String command)
      throws Exception {
    List<String> before = files();
    try (Running running = start(command)) {
      running.awaitLibrary(library);
      running.signal(signal);
      Cli stopped = running.await();
      assertEquals(CODES.get(signal), stopped.code(), stopped.err());
      assertEquals(List.of(STOPPED), told(stopped), stopped.err());
      assertTrue(stopped.err().endsWith(STOPPED + "\n"), stopped.err());
    }
    assertEquals(before, files());
  }

  @Test
  void saysAfterWhichEpochItGoesOnAndGoesOnThere() throws Exception {
    String train = "train photos -o m.onnx --no-curves --backbone none --epochs 100000";
    int reached;
    try (Running training = start(train)) {
      training.awaitError("epoch 2/");
      training.signal("TERM");
      Cli stopped = training.await();
      assertEquals(143, stopped.code(), stopped.err());
      List<String> told = told(stopped);
      String last = told.get(told.size() - 1);
      assertTrue(last.matches(STOPPED + "; --resume goes on after epoch \\d+"), last);
      reached = Integer.parseInt(last.replaceAll("\\D", ""));
    }
    try (Running training = start(train + " --resume")) {
      training.awaitError("graft: goes on after epoch " + reached);
      training.awaitError("epoch " + (reached + 1) + "/");
      training.signal("HUP");
      Cli stopped = training.await();
      assertEquals(129, stopped.code(), stopped.err());
    }
  }

  @Test
  void aSecondSignalEndsItAtOnce() throws Exception {
    try (Running training = start("train photos -o m.onnx --backbone none --epochs 100000")) {
      training.awaitError("epoch 1/");
      training.signal("TERM");
      training.signal("TERM");
      Cli stopped = training.await();
      assertEquals(143, stopped.code(), stopped.err());
    }
    assertTrue(files().stream().noneMatch(file -> file.endsWith(".part")), files().toString());
  }

  @Test
  void whatIsIgnoredAtItsStartStaysIgnored() throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
    command.addAll(Cli.process("doctor").command());
    Path out = temp.resolve("out");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    try (Running doctor = new Running(builder.redirectOutput(out.toFile()).start())) {
      doctor.awaitLibrary("libonnxruntime");
      doctor.signal("HUP");
      assertEquals(0, doctor.await().code(), Files.readString(out));
    }
  }

  private Running start(String command) throws Exception {
    Object[] args = command.replace("COLOURS", Cli.COLOURS.toString()).split(" ");
    List<String> options = List.of("-Djava.io.tmpdir=" + temp.resolve("tmp"));
    return Cli.start(temp, Map.of("LC_ALL", "C.UTF-8"), options, args);
  }

  private static List<String> told(Cli stopped) {
    return stopped.err().lines().filter(line -> line.startsWith(STOPPED)).toList();
  }

  /** But for those that ONNX Runtime unpacks, where the launcher has not done so. */
  private List<String> files() throws Exception {
    return Cli.files(temp).stream().filter(file -> !file.startsWith("tmp/onnxruntime")).toList();
  }
}
