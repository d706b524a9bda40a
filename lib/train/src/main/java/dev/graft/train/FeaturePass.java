package dev.graft.train;

import dev.graft.data.LabeledPhoto;
import dev.graft.data.SkippedFile;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.serve.ReadAhead;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Takes photos through the frozen part of a network, once: read ahead on all cores, from the cache
 * where they are in it. For one thread at a time.
 */
final class FeaturePass {

  /** Photos the network sees at once: enough to keep two cores busy, little in memory. */
  static final int BATCH = 8;

  private final PhotoReader reader = PhotoReader.create();
  private final String decoding = reader.decoding();
  private final PhotoPreprocessing preprocessing;
  private final FeatureCache cache;
  private final Consumer<Progress> onProgress;
  private final Map<Path, SkippedFile> unreadable = new LinkedHashMap<>();
  private final Map<String, float[]> remembered; // null: rows are asked for once
  private double backboneSeconds;

  /**
   * @param remembers whether rows stay in memory, to be asked for again
   */
  FeaturePass(
      PhotoPreprocessing preprocessing,
      FeatureCache cache,
      boolean remembers,
      Consumer<Progress> onProgress) {
    this.preprocessing = preprocessing;
    this.cache = cache;
    this.remembered = remembers ? new ConcurrentHashMap<>() : null;
    this.onProgress = onProgress;
  }

  /** A photo to be taken through. */
  record Job(LabeledPhoto photo, Variants variants) {}

  /** Of a photo: rows from the cache, pixels of those that are not there, or why it has neither. */
  @SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
  private record Found(Job job, float[][] rows, List<Pixels> missing, String failure) {}

  /** A row that waits for its pixels to be run. */
  private record Waiting(Found found, int variant, Pixels pixels) {}

  /**
   * The rows of each photo, one a variant; null for a photo that cannot be read.
   *
   * @param key what of the frozen part decides a row
   * @param length of a row
   * @throws CancellationException if the thread is interrupted
   */
  List<float[][]> rows(FeatureExtractor frozen, List<String> key, int length, List<Job> jobs) {
    long start = System.nanoTime();
    List<float[][]> rows = new ArrayList<>();
    List<Waiting> waiting = new ArrayList<>();
    int fromCache = 0;
    int workers = Runtime.getRuntime().availableProcessors();
    try (ReadAhead<Job, Found> reads =
        ReadAhead.of(jobs.iterator(), workers, 2 * BATCH, job -> find(job, key, length))) {
      for (int done = 1; done <= jobs.size(); done++) {
        Found found = reads.next();
        rows.add(found.rows());
        if (found.failure() != null) {
          report(List.of(new SkippedFile(found.job().photo().path(), found.failure())));
        } else {
          fromCache += found.missing().isEmpty() ? 1 : 0;
          wait(found, waiting);
        }
        while (waiting.size() >= BATCH || (done == jobs.size() && !waiting.isEmpty())) {
          run(frozen, key, waiting.subList(0, Math.min(BATCH, waiting.size())));
        }
        long unfinished = waiting.stream().map(Waiting::found).distinct().count();
        Duration remaining =
            Duration.ofNanos((System.nanoTime() - start) / done * (jobs.size() - done));
        onProgress.accept(
            new Progress.Features(done - (int) unfinished, jobs.size(), fromCache, remaining));
      }
    } catch (InterruptedException e) {
      throw new CancellationException("training was stopped");
    }
    return rows;
  }

  private static void wait(Found found, List<Waiting> waiting) {
    Iterator<Pixels> pixels = found.missing().iterator();
    for (int v = 0; v < found.rows().length; v++) {
      if (found.rows()[v] == null) {
        waiting.add(new Waiting(found, v, pixels.next()));
      }
    }
  }

  /** Runs a batch, and takes it out of the list that it is a part of. */
  private void run(FeatureExtractor frozen, List<String> key, List<Waiting> batch) {
    long start = System.nanoTime();
    float[][] computed = frozen.run(batch.stream().map(Waiting::pixels).toList());
    backboneSeconds += (System.nanoTime() - start) / 1e9;
    for (int i = 0; i < computed.length; i++) {
      Waiting one = batch.get(i);
      one.found().rows()[one.variant()] = computed[i];
      keep(key(one.found().job(), key, one.variant()), computed[i]);
    }
    batch.clear();
  }

  /** Photos that could not be read so far. */
  List<SkippedFile> unreadable() {
    return List.copyOf(unreadable.values());
  }

  /** Adds photos that could not be read. */
  void report(List<SkippedFile> files) {
    files.forEach(file -> unreadable.putIfAbsent(file.path(), file));
  }

  /** The time spent inside ONNX Runtime so far. */
  double backboneSeconds() {
    return backboneSeconds;
  }

  private Found find(Job job, List<String> key, int length) {
    float[][] rows = new float[job.variants().count()][];
    for (int v = 0; v < rows.length; v++) {
      rows[v] = get(key(job, key, v), length);
    }
    List<Pixels> missing = new ArrayList<>();
    if (Arrays.asList(rows).contains(null)) {
      Pixels whole;
      try {
        whole = reader.read(job.photo().path(), preprocessing);
      } catch (PhotoException e) {
        return new Found(job, null, null, e.reason());
      }
      for (int v = 0; v < rows.length; v++) {
        if (rows[v] == null) {
          missing.add(job.variants().draw(whole, job.photo(), v));
        }
      }
    }
    return new Found(job, rows, missing, null);
  }

  private float[] get(String key, int length) {
    float[] row = remembered == null ? null : remembered.get(key);
    if (row == null) {
      row = cache.get(key, length).orElse(null);
      if (row != null && remembered != null) {
        remembered.put(key, row);
      }
    }
    return row;
  }

  private void keep(String key, float[] row) {
    cache.put(key, row);
    if (remembered != null) {
      remembered.put(key, row);
    }
  }

  /** All that decides a row. */
  private String key(Job job, List<String> key, int variant) {
    List<String> parts = new ArrayList<>(key);
    parts.add(job.photo().sha256());
    parts.add(preprocessing.toString());
    parts.add(decoding);
    parts.add(job.variants().key(job.photo(), variant));
    parts.add("float32");
    parts.add("onnxruntime " + Versions.onnxRuntime());
    return FeatureCache.key(parts.toArray(String[]::new));
  }
}
