package dev.graft.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Java process of its own, for what would end, fill or change that of the tests: with the same
 * Java and class path, and told where the project and the shared folder are.
 */
public final class JavaProcess {

  private final String main;
  private final List<String> options = new ArrayList<>();
  private final List<String> arguments = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private String classPath = System.getProperty("java.class.path");
  private String modulePath;
  private Path folder;

  private JavaProcess(String main) {
    this.main = main;
    for (String property : List.of("graft.root", "graft.shared")) {
      options.add("-D" + property + "=" + System.getProperty(property));
    }
  }

  /** Will run the {@code main} method of this class. */
  public static JavaProcess of(Class<?> main) {
    return new JavaProcess(main.getName());
  }

  /** {@return the class path of the tests} */
  public static String classPath() {
    return System.getProperty("java.class.path");
  }

  /** {@code -Xmx64m} and the like. */
  public JavaProcess options(String... more) {
    options.addAll(Arrays.asList(more));
    return this;
  }

  public JavaProcess arguments(Object... more) {
    Stream.of(more).map(Object::toString).forEach(arguments::add);
    return this;
  }

  public JavaProcess environment(Map<String, String> more) {
    environment.putAll(more);
    return this;
  }

  /** Instead of that of the tests. */
  public JavaProcess classPath(String other) {
    this.classPath = other;
    return this;
  }

  /** Has no class path, but modules, of which the one with the {@code main} method is named. */
  public static JavaProcess ofModule(String moduleAndMain, String modulePath) {
    JavaProcess process = new JavaProcess(moduleAndMain);
    process.modulePath = modulePath;
    return process;
  }

  /** Starts in a folder other than that of the tests. */
  public JavaProcess in(Path other) {
    this.folder = other;
    return this;
  }

  /**
   * Has a heap of a fixed size, all in memory from the start, and gives free native memory back to
   * the system at once, from one arena for all threads: what {@link ResidentMemory} grows by is
   * what native code does not free. Else what glibc keeps is chance, some 10 to 60 MB up and down.
   */
  public JavaProcess withSteadyMemory(int heapMegabytes) {
    options("-Xms" + heapMegabytes + "m", "-Xmx" + heapMegabytes + "m");
    options("-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");
    return environment(Map.of("MALLOC_ARENA_MAX", "1", "MALLOC_MMAP_THRESHOLD_", "65536"));
  }

  /** {@return the whole command, to be changed at will} */
  public List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        modulePath == null
            ? List.of("-cp", classPath, main)
            : List.of("-p", modulePath, "-m", main));
    command.addAll(arguments);
    return command;
  }

  /** {@return what starts it, for tests that go on while it runs} */
  public ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(command());
    builder.environment().putAll(environment);
    return folder == null ? builder : builder.directory(folder.toFile());
  }

  /** Runs it to its end. */
  public Ended run() throws IOException, InterruptedException {
    return Ended.of(builder());
  }
}
