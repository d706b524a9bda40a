package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import dev.graft.cli.Cli.Running;
import dev.graft.cli.process.ExitCode;
import dev.graft.device.Device;
import dev.graft.engine.DeviceChoice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a process of its own shows: signals, locales, two at once. */
@Timeout(120) // so that a hang ends; nothing here measures time
class ProcessTest {

  private static final Map<String, String> LOCALE = Map.of("LC_ALL", "C.UTF-8");
  private static final int SIGINT = 2;
  private static final String STOPPED = "graft: stopped; --resume goes on after epoch \\d+";

  @TempDir private Path temp;

  @BeforeAll
  static void needsSignals() {
    assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "signals are POSIX's");
  }

  /** Who ignores SIGINT passes that on to all processes it starts, Java's among them. */
  private static void needsAnInterrupt() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      try (Stream<String> lines = Files.lines(status)) {
        String ignored =
            lines.filter(line -> line.startsWith("SigIgn:")).findFirst().orElse("SigIgn: 0");
        long mask = Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16);
        assumeTrue(
            (mask & (1 << (SIGINT - 1))) == 0,
            "SIGINT is ignored, as it is in what a script starts in the background");
      }
    }
  }

  private Running train(String data, String model, Object... options) throws IOException {
    Object[] common = {
      "train", data, "-o", model, "--backbone", "efficientnet-lite0", "--cache", "cache"
    };
    Object[] all = Arrays.copyOf(common, common.length + options.length);
    System.arraycopy(options, 0, all, common.length, options.length);
    return Cli.start(temp, LOCALE, List.of(), all);
  }

  /** Photos whose features are there as files show that work is under way. */
  private long features() throws IOException {
    Path cache = temp.resolve("cache");
    return Files.exists(cache)
        ? Cli.files(cache).stream().filter(file -> file.endsWith(".features")).count()
        : 0;
  }

  @Test
  void stopsCleanlyWhenInterrupted() throws Exception {
    needsAnInterrupt();
    Cli.samples(temp.resolve("photos"), 4, "birds", "fruit");
    try (Running training = train("photos", "m.onnx", "--epochs", 1_000_000)) {
      training.awaitError("epoch 1/");
      training.signal("INT");
      Cli stopped = training.await();
      assertEquals(130, stopped.code(), stopped.err());
      assertEquals("", stopped.out());
      assertTrue(stopped.err().matches("(?s).*\n" + STOPPED + "\n"), stopped.err());
    }
    assertEquals(List.of(), parts());
    assertFalse(Files.exists(temp.resolve("m.onnx")));
  }

  /** There is a bar then; libraries for terminals like to take over the signal. */
  @Test
  void stopsCleanlyAtCtrlCOnATerminal() throws Exception {
    needsAnInterrupt();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script makes a terminal");
    assumeTrue(System.getProperty("os.name").equals("Linux"), "of util-linux");
    Cli.samples(temp.resolve("photos"), 4, "birds", "fruit");
    String command =
        String.join(" ", Cli.process().command())
            + " train photos -o m.onnx --backbone efficientnet-lite0 --no-cache --epochs 1000000";
    ProcessBuilder builder =
        new ProcessBuilder("/usr/bin/script", "-qefc", command, "/dev/null")
            .directory(temp.toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(LOCALE);
    Process process = builder.start();
    try {
      StringBuilder screen = new StringBuilder();
      Reader reader = process.inputReader(UTF_8);
      boolean stopping = false;
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        screen.append((char) c);
        if (!stopping && screen.indexOf("accuracy") >= 0) {
          stopping = true;
          process.getOutputStream().write(3); // Ctrl-C
          process.getOutputStream().flush();
        }
      }
      process.waitFor();
      String text = screen.toString();
      assertTrue(text.contains("features [=="), text);
      assertTrue(text.matches("(?s).*\r\n" + STOPPED + "\r\n"), text);
    } finally {
      process.destroyForcibly();
    }
    assertFalse(Files.exists(temp.resolve("m.onnx")));
  }

  /** The engine is loaded in a thread of its own, while the photos are read. */
  @Test
  void saysInOneLineThatTheEngineCannotBeLoaded() throws Exception {
    Cli.samples(temp.resolve("photos"), 4, "birds", "fruit");
    Path file = Files.writeString(temp.resolve("file"), "no folder for libraries");
    Map<String, String> environment = new HashMap<>(LOCALE);
    environment.put("DJL_CACHE_DIR", file.toString());
    environment.put("ENGINE_CACHE_DIR", file.toString());
    Object[] args = {
      "train", "photos", "-o", "m.onnx", "--backbone", "efficientnet-lite0", "--validation-split", 0
    };
    try (Running training = Cli.start(temp, environment, List.of(), args)) {
      Cli failed = training.await();
      assertEquals(1, failed.code(), failed.err());
      List<String> told = failed.err().lines().filter(l -> l.startsWith("graft: ")).toList();
      assertEquals(2, told.size(), failed.err());
      assertTrue(
          told.get(1).matches("graft: a library cannot be loaded \\(.*\\); see .*doctor.*"),
          failed.err());
      assertFalse(failed.err().contains("\tat "), failed.err());
    }
    assertEquals(List.of(), parts());
    assertFalse(Files.exists(temp.resolve("m.onnx")));
  }

  private List<String> parts() throws IOException {
    return Cli.files(temp).stream().filter(file -> file.endsWith(".part")).toList();
  }

  @Test
  void goesOnWhereAKilledRunWas() throws Exception {
    Cli.samples(temp.resolve("photos"), 20, "birds", "fruit");
    try (Running training = train("photos", "m.onnx", "--epochs", 1_000_000)) {
      while (features() == 0 && training.isAlive()) {
        Thread.onSpinWait();
      }
      training.signal("KILL");
      assertEquals(137, training.await().code());
    }
    long kept = features();
    assertTrue(kept > 0);
    try (Running training = train("photos", "m.onnx", "--epochs", 1)) {
      Cli done = training.await();
      assertEquals(0, done.code(), done.err());
      assertTrue(done.err().contains("features 40/40, " + kept + " from the cache\n"), done.err());
    }
    assertTrue(Files.exists(temp.resolve("m.onnx")));
  }

  @Test
  void sharesItsCacheWithAnotherRun() throws Exception {
    Cli.samples(temp.resolve("photos"), 8, "birds", "fruit");
    try (Running one = train("photos", "1.onnx", "--epochs", 2);
        Running two = train("photos", "2.onnx", "--epochs", 2)) {
      Cli first = one.await();
      Cli second = two.await();
      assertEquals(0, first.code(), first.err());
      assertEquals(0, second.code(), second.err());
    }
    assertEquals(16, features());
    assertEquals(List.of(), parts());
    assertTrue(Files.exists(temp.resolve("1.onnx")) && Files.exists(temp.resolve("2.onnx")));
  }

  @Test
  void writesNumbersAlikeWhateverTheLanguage() throws Exception {
    Cli.photo(temp.resolve("data/red/1.png"), 0xff0000);
    Cli.photo(temp.resolve("data/green/1.png"), 0x00ff00);
    List<String> german =
        List.of("-Duser.language=de", "-Duser.country=DE", "-Duser.timezone=Asia/Kolkata");
    Object[] classify = {"classify", Cli.COLOURS, "data", "--format", "table"};
    Object[] evaluate = {"evaluate", Cli.COLOURS, "data"};
    Cli here = run(LOCALE, List.of(), evaluate);
    for (String locale : List.of("C", "POSIX", "de_DE.UTF-8")) {
      Map<String, String> environment = Map.of("LC_ALL", locale, "LANG", "de_DE");
      run(environment, german, classify)
          .is(0, "data/green/1.png  green 1.000\ndata/red/1.png    red 1.000\n", "");
      run(environment, german, evaluate).is(0, here.out(), here.err());
    }
  }

  private Cli run(Map<String, String> environment, List<String> javaOptions, Object... args)
      throws IOException, InterruptedException {
    try (Running process = Cli.start(temp, environment, javaOptions, args)) {
      return process.await();
    }
  }

  @Test
  void readsAndWritesNamesOfAnyLetters() throws Exception {
    String name = "na\u00efve \u72ac photo #1 %20.png";
    Cli.photo(temp.resolve("my photos").resolve(name), 0x0000ff);
    String path = "my photos/" + name;
    run(
            LOCALE,
            List.of(),
            "classify",
            Cli.COLOURS,
            "my photos",
            "--format",
            "jsonl",
            "-o",
            "\u51fa.jsonl")
        .is(0, "", "");
    assertTrue(
        Files.readString(temp.resolve("\u51fa.jsonl"))
            .startsWith("{\"path\": \"" + path + "\", \"status\": \"ok\", "));
    run(LOCALE, List.of(), "classify", Cli.COLOURS, path, "--format", "table")
        .is(0, path + "  blue 1.000\n", "");
  }

  /** More results than fit into a pipe whose reader has seen enough. */
  @Test
  void endsSilentlyWhenItsReaderDoes() throws Exception {
    Cli.photo(temp.resolve("red.png"), 0xff0000);
    Process process =
        Cli.process("classify", Cli.COLOURS)
            .arguments(Collections.nCopies(4000, "./././././././red.png").toArray())
            .in(temp)
            .builder()
            .redirectError(temp.resolve("err").toFile())
            .start();
    try {
      try (BufferedReader head = process.inputReader(UTF_8)) {
        assertEquals("path,status,label,probability,error", head.readLine());
      }
      assertEquals(ExitCode.READER_GONE, process.waitFor());
      assertEquals("", Files.readString(temp.resolve("err")));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void endsWhenItsResultsCannotBeWritten() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "Linux only");
    Cli.photo(temp.resolve("red.png"), 0xff0000);
    try (Running process =
        Cli.startWithOutputTo(
            full.toFile(), temp, LOCALE, "classify", Cli.COLOURS, "red.png", "red.png")) {
      Cli ended = process.await();
      assertEquals(
          "graft: standard output cannot be written: No space left on device\n", ended.err());
      assertEquals(1, ended.code());
    }
  }

  /** With the profile gpu, ONNX Runtime would print lines of its own about the missing GPU. */
  @ParameterizedTest
  @ValueSource(strings = {"cuda:99", "tensorrt:99", "directml:99"})
  void saysInOneLineThatThereIsNoSuchGpu(String device) throws Exception {
    Cli.photo(temp.resolve("red.png"), 0xff0000);
    Cli ran = run(LOCALE, List.of(), "classify", Cli.COLOURS, "red.png", "--device", device);
    assertEquals(0, ran.code(), ran.err());
    assertTrue(
        ran.err().matches("graft: " + device + " cannot be used \\(.+\\); running on the CPU\n"),
        ran.err());
    assertTrue(ran.out().contains("red.png,ok,red,"), ran.out());
  }

  /** Silent with the build for the CPU; one line with the GPU's where there is no GPU. */
  @Test
  void takesTheDeviceThatWorks() throws Exception {
    Cli.photo(temp.resolve("red.png"), 0xff0000);
    Cli ran = run(LOCALE, List.of(), "classify", Cli.COLOURS, "red.png", "--device", "auto");
    assertEquals(0, ran.code(), ran.err());
    boolean built = OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    boolean works = built && DeviceChoice.problem(Device.cuda(0)).isEmpty();
    String note = "graft: cuda:0 cannot be used \\(.+\\); running on the CPU\n";
    assertTrue(ran.err().matches(built && !works ? note : ""), ran.err());
    assertTrue(ran.out().contains("red.png,ok,red,"), ran.out());
  }

  @Test
  void trainsOnTheCpuAndSaysSoInOneLine() throws Exception {
    Path photos = Cli.samples(temp.resolve("photos"), 6, "birds", "fruit");
    List<Object> train = new ArrayList<>(List.of("train", photos, "--no-cache", "--no-curves"));
    train.addAll(List.of("--backbone", "efficientnet-lite0", "--epochs", 1, "--threads", 1));
    train.addAll(List.of("-o", "m.onnx", "--device", "cuda:99"));
    Cli ran = run(LOCALE, List.of(), train.toArray());
    assertEquals(0, ran.code(), ran.err());
    List<String> notes =
        ran.err()
            .lines()
            .filter(line -> !line.matches("(features|epoch|graft: classes|graft: exporting) .*"))
            .toList();
    assertEquals(1, notes.size(), ran.err());
    assertTrue(
        notes.get(0).matches("graft: cuda:99 cannot be used \\(.+\\); running on the CPU"),
        ran.err());
  }
}
