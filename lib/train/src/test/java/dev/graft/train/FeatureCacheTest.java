package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
      assertTrue(cache.get(FeatureCache.key("photo"), 4).isEmpty());
      String problem = cache.problem().orElseThrow();
      assertTrue(problem.startsWith("the feature cache " + file + " is not used: "), problem);
    }
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
