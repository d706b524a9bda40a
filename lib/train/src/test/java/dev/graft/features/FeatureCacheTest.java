package dev.graft.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.file.AtomicFile;
import dev.graft.testing.Ended;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Posix;
import dev.graft.train.Mutants;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {

  private static final float[] FEATURES = {0, -1.5f, Float.MIN_VALUE, 3e38f};

  @TempDir private Path folder;

  @Test
  void givesBackTheBitsItWasGivenEvenToAnotherProcess() {
    String key = FeatureCache.key("photo", "backbone");
    try (FeatureCache first = FeatureCache.in(folder)) {
      first.put(key, FEATURES);
    }
    try (FeatureCache second = FeatureCache.in(folder)) {
      assertArrayEquals(FEATURES, second.get(key, 4).orElseThrow());
    }
  }

  @Test
  void hasOneKeyForEachOfItsParts() {
    assertFalse(FeatureCache.key("a", "b").equals(FeatureCache.key("a", "c")));
    assertFalse(FeatureCache.key("a", "b").equals(FeatureCache.key("b", "a")));
    assertEquals(64, FeatureCache.key("a").length());
  }

  @Test
  void takesATruncatedOrDamagedEntryForAMissingOne() throws IOException {
    String key = FeatureCache.key("photo");
    FeatureCache cache = FeatureCache.in(folder);
    cache.put(key, FEATURES);
    Path entry = files().get(0);
    byte[] whole = Files.readAllBytes(entry);
    for (int length = 0; length < whole.length; length++) {
      Files.write(entry, Arrays.copyOf(whole, length));
      assertTrue(cache.get(key, 4).isEmpty(), "cut to " + length + " bytes");
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 1;
      Files.write(entry, damaged);
      assertTrue(cache.get(key, 4).isEmpty(), "byte " + i + " changed");
    }
    Files.write(entry, whole);
    assertTrue(cache.get(key, 4).isPresent());
    assertTrue(cache.get(key, 5).isEmpty(), "another length was expected");
  }

  @Test
  void deletesTheEntriesUsedLeastRecentlyWhenItOutgrowsItsBound() throws IOException {
    int entryBytes = 16 + 4 * FEATURES.length;
    List<String> keys = IntStream.range(0, 5).mapToObj(i -> FeatureCache.key("" + i)).toList();
    try (FeatureCache roomy = FeatureCache.in(folder)) {
      keys.forEach(key -> roomy.put(key, FEATURES));
    }
    for (int i = 0; i < 5; i++) {
      Path entry = find(keys.get(i));
      Files.setLastModifiedTime(
          entry, FileTime.from(Instant.now().minus(Duration.ofMinutes(50 - i))));
    }
    try (FeatureCache tight = FeatureCache.in(folder, 3L * entryBytes)) {
      assertTrue(tight.get(keys.get(0), 4).isPresent(), "used now, though it is the oldest");
      tight.put(FeatureCache.key("new"), FEATURES);
    }
    FeatureCache cache = FeatureCache.in(folder);
    assertTrue(cache.get(keys.get(0), 4).isPresent());
    assertTrue(cache.get(FeatureCache.key("new"), 4).isPresent());
    assertTrue(cache.get(keys.get(4), 4).isPresent());
    assertTrue(cache.get(keys.get(1), 4).isEmpty());
    assertEquals(3, files().size());
  }

  @Test
  void clearsAwayWhatAKilledProcessLeftButNoFileOfAnybodyElse() throws IOException {
    Path old = Files.createDirectories(folder.resolve("ab")).resolve(".x.features.1.part");
    Path foreign = folder.resolve("holiday.part");
    Path fresh = folder.resolve("ab").resolve(".y.features.2.part");
    for (Path file : List.of(old, foreign, fresh)) {
      Files.writeString(file, "half an entry");
    }
    FileTime yesterday = FileTime.from(Instant.now().minus(Duration.ofDays(1)));
    Files.setLastModifiedTime(old, yesterday);
    Files.setLastModifiedTime(foreign, yesterday);
    try (FeatureCache cache = FeatureCache.in(folder)) {
      cache.put(FeatureCache.key("photo"), FEATURES);
    }
    assertFalse(Files.exists(old));
    assertTrue(Files.exists(foreign), "not the cache's own");
    assertTrue(Files.exists(fresh), "another process may be writing it");
  }

  @Test
  void deletesNoFileOfAnybodyElseHoweverLargeItIs() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("ab/my work"));
    List<Path> foreign =
        List.of(
            folder.resolve("edges.features"),
            folder.resolve("ab/edges.features"),
            deep.resolve(FeatureCache.key("in no place of the cache") + ".features"));
    for (Path file : foreign) {
      Files.write(file, new byte[5000]);
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }
    try (FeatureCache cache = FeatureCache.in(folder, 100)) {
      cache.put(FeatureCache.key("photo"), FEATURES);
    }
    foreign.forEach(file -> assertTrue(Files.exists(file), file + " is gone"));
    assertTrue(FeatureCache.in(folder).get(FeatureCache.key("photo"), 4).isPresent());
  }

  @Test
  void reportsAFolderThatCannotBeWrittenAndGoesOn() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    try (FeatureCache cache = FeatureCache.in(file)) {
      cache.put(FeatureCache.key("photo"), FEATURES);
      cache.put(FeatureCache.key("another"), FEATURES);
      assertTrue(cache.get(FeatureCache.key("photo"), 4).isEmpty());
      assertEquals(
          "the feature cache %s: 1 entry could not be read, 2 entries could not be stored (%s)"
              .formatted(file, "Not a directory"),
          cache.problem().orElseThrow());
    }
  }

  @Test
  void storesWhatCanBeStoredThoughAPartOfTheFolderCannotBeWritten() throws IOException {
    String first = FeatureCache.key("1");
    String second = FeatureCache.key("2");
    Files.writeString(folder.resolve(first.substring(0, 2)), "in the way");
    try (FeatureCache cache = FeatureCache.in(folder)) {
      cache.put(first, FEATURES);
      cache.put(second, FEATURES);
      assertTrue(cache.get(first, 4).isEmpty());
      assertArrayEquals(FEATURES, cache.get(second, 4).orElseThrow());
      assertTrue(cache.problem().orElseThrow().contains("1 entry could not be stored"));
    }
  }

  /** Whoever starts this as root makes the folder, and somebody who may only read uses it. */
  @Test
  void readsTheFolderOfAnotherUserAndSaysOnceWhatItCannotStore() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
    Path classes = folder.resolve("classes");
    Path shared = folder.resolve("cache");
    for (Class<?> type : List.of(FeatureCache.class, AtomicFile.class, ForeignCache.class)) {
      copy(Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()), classes);
    }
    try (FeatureCache ours = FeatureCache.in(shared)) {
      ours.put(FeatureCache.key("theirs"), FEATURES);
    }
    setReadableByAll(folder);
    List<String> command = new ArrayList<>(Posix.asNobody(folder));
    command.addAll(
        JavaProcess.of(ForeignCache.class)
            .classPath(classes + File.pathSeparator + classes.resolve("*"))
            .arguments(shared)
            .command());
    String told =
        """
        read [0.0, -1.5, 1.4E-45, 3.0E38]
        the feature cache %s: 2 entries could not be stored (permission denied)
        """;
    Ended.of(new ProcessBuilder(command)).is(0, told.formatted(shared), "");
  }

  /** Copies a folder of classes, or a jar where Maven has packed them already. */
  private static void copy(Path classes, Path target) throws IOException {
    Path root = Files.isDirectory(classes) ? classes : classes.getParent();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().matches(".*\\.(class|jar)")).toList()) {
        Path copy = target.resolve(root.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void setReadableByAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        String rights = Files.isDirectory(file) ? "rwxr-xr-x" : "rw-r--r--";
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
      }
    }
  }

  @Test
  void takesAnEntryUnderTheNameOfAnotherForAMissingOne() throws IOException {
    FeatureCache cache = FeatureCache.in(folder);
    cache.put(FeatureCache.key("one"), FEATURES);
    cache.put(FeatureCache.key("other"), new float[] {1, 2, 3, 4});
    Files.copy(
        find(FeatureCache.key("other")),
        find(FeatureCache.key("one")),
        StandardCopyOption.REPLACE_EXISTING);
    assertTrue(cache.get(FeatureCache.key("one"), 4).isEmpty());
  }

  @Test
  void takesNeitherAFolderNorAHugeFileForAnEntry() throws IOException {
    FeatureCache cache = FeatureCache.in(folder);
    String key = FeatureCache.key("photo");
    cache.put(key, FEATURES);
    Path entry = files().get(0);
    try (RandomAccessFile huge = new RandomAccessFile(entry.toFile(), "rw")) {
      huge.setLength(1L << 40); // sparse
    } catch (IOException e) {
      assumeTrue(false, "no file of that size here: " + e);
    }
    assertTrue(cache.get(key, 4).isEmpty());
    assertTrue(cache.getBackbone(key).isEmpty());
    Files.delete(entry);
    Files.createDirectory(entry);
    assertTrue(cache.get(key, 4).isEmpty());
    cache.put(key, FEATURES);
    assertTrue(cache.problem().isPresent());
  }

  @Test
  void takesNoMutantForAnEntry() throws IOException {
    mutate(300);
  }

  @Test
  @Tag("soak")
  void takesNoneOfManyMutantsForAnEntry() throws IOException {
    mutate(10_000);
  }

  private void mutate(int n) throws IOException {
    Random random = new Random(42);
    float[] features = new float[100];
    byte[] model = new byte[1000];
    for (int i = 0; i < 100; i++) {
      features[i] = random.nextFloat();
    }
    random.nextBytes(model);
    FeatureCache cache = FeatureCache.in(folder);
    String photo = FeatureCache.key("photo");
    String backbone = FeatureCache.key("backbone");
    cache.put(photo, features);
    cache.putBackbone(backbone, model);
    for (String key : List.of(photo, backbone)) {
      Path entry = find(key);
      byte[] whole = Files.readAllBytes(entry);
      for (int i = 0; i < n; i++) {
        byte[] mutant = Mutants.of(whole, random);
        Files.write(entry, mutant);
        assertTrue(cache.get(key, 100).isEmpty(), "mutant " + i);
        assertTrue(cache.getBackbone(key).isEmpty(), "mutant " + i);
      }
    }
    assertTrue(cache.problem().isEmpty());
    cache.put(photo, features);
    assertArrayEquals(features, cache.get(photo, 100).orElseThrow());
  }

  @Test
  void isSharedByManyWritersAndReaders() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> done =
          IntStream.range(0, 8)
              .<Future<?>>mapToObj(
                  worker ->
                      threads.submit(
                          () -> {
                            try (FeatureCache own = FeatureCache.in(folder, 2000)) {
                              for (int i = 0; i < 100; i++) {
                                String key = FeatureCache.key("" + i % 10);
                                own.get(key, 4)
                                    .ifPresent(found -> assertArrayEquals(FEATURES, found));
                                own.put(key, FEATURES);
                              }
                              assertTrue(own.problem().isEmpty(), own.problem().toString());
                            }
                          }))
              .toList();
      for (Future<?> future : done) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void keepsNothingWhereNoneIsWanted() {
    try (FeatureCache none = FeatureCache.none()) {
      none.put(FeatureCache.key("photo"), FEATURES);
      assertTrue(none.get(FeatureCache.key("photo"), 4).isEmpty());
      assertTrue(none.problem().isEmpty());
    }
  }

  private Path find(String key) throws IOException {
    return files().stream()
        .filter(file -> file.getFileName().toString().startsWith(key))
        .findFirst()
        .orElseThrow();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}
