package dev.graft.features;

import dev.graft.data.LabeledPhoto;
import dev.graft.data.Skipped;
import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.engine.PhotoPipeline;
import dev.graft.engine.RunShape;
import dev.graft.engine.ShapeSearch;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.recipe.Progress;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Takes photos through the frozen part of a network, once, on all cores: from the cache where they
 * are in it. For one thread at a time.
 */
public final class FeaturePass {

  private final PhotoReader reader = PhotoReader.create();
  private final String decoding = reader.decoding();
  private final PhotoPreprocessing preprocessing;
  private final FeatureCache cache;
  private final Consumer<Progress> onProgress;
  private final Map<Path, Skipped> unreadable = new LinkedHashMap<>();
  private final Map<String, float[]> remembered; // null: rows are asked for once
  private final LongAdder nanosOfRuns = new LongAdder();
  private double backboneSeconds;

  /**
   * @param remembers whether rows stay in memory, to be asked for again
   */
  public FeaturePass(
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
  public record Job(LabeledPhoto photo, Variants variants) {}

  /** Of a photo: rows from the cache, pixels of those that are not there, or why it has neither. */
  @SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
  private record Found(Job job, float[][] rows, List<Pixels> missing, String failure) {}

  /**
   * The rows of each photo, one a variant; null for a photo that cannot be read.
   *
   * @param key what of the frozen part decides a row
   * @param length of a row
   * @throws CancellationException if the thread is interrupted, which it stays
   */
  public List<float[][]> rows(
      FeatureExtractor frozen, List<String> key, int length, List<Job> jobs) {
    Rows rows = new Rows(frozen, key, length, jobs.size());
    int first = frozen.isShapeFixed() ? 0 : Math.min(ShapeSearch.PHOTOS_BEFORE, jobs.size());
    rows.add(jobs.subList(0, first));
    if (first < jobs.size()) {
      rows.findShape();
      rows.add(jobs.subList(first, jobs.size()));
    }
    return rows.done;
  }

  /** The rows of one pass as they come. */
  private final class Rows {

    private final FeatureExtractor frozen;
    private final List<String> key;
    private final int length;
    private final int total;
    private final List<float[][]> done = new ArrayList<>();
    private final long start = System.nanoTime();
    private int fromCache;

    Rows(FeatureExtractor frozen, List<String> key, int length, int total) {
      this.frozen = frozen;
      this.key = key;
      this.length = length;
      this.total = total;
    }

    void add(List<Job> jobs) {
      int cores = Runtime.getRuntime().availableProcessors();
      RunShape shape = frozen.shape();
      long before = nanosOfRuns.sum();
      try (PhotoPipeline<Job, Found> pipeline =
          PhotoPipeline.of(
              jobs.iterator(), shape, cores, job -> find(job, key, length), this::compute)) {
        while (pipeline.hasNext()) {
          Found found = pipeline.next();
          done.add(found.rows());
          if (found.failure() != null) {
            report(List.of(new Skipped(found.job().photo().path(), found.failure())));
          } else {
            fromCache += found.missing().isEmpty() ? 1 : 0;
          }
          Duration left = Duration.ofNanos(nanosEach() * (total - done.size()));
          onProgress.accept(new Progress.Features(done.size(), total, fromCache, left));
        }
      }
      // Of runs side by side, each is a part of the time.
      backboneSeconds += (nanosOfRuns.sum() - before) / 1e9 / shape.runs();
    }

    private long nanosEach() {
      return (System.nanoTime() - start) / done.size();
    }

    /** Measures, where there is enough to compute; what is in the cache is not. */
    void findShape() {
      if (frozen.isShapeFixed() || done.size() - fromCache < done.size() / 2) {
        return;
      }
      Duration work = Duration.ofNanos(nanosEach() * (total - done.size()));
      if (ShapeSearch.isWorthwhile(work)) {
        frozen.findShape(preprocessing.resize(), work);
      }
    }

    /** Runs what is not in the cache, as many rows at once as is fastest. */
    private List<Found> compute(List<Found> photos) {
      List<Waiting> waiting = new ArrayList<>();
      photos.forEach(found -> queue(found, waiting));
      int batchSize = frozen.shape().batchSize();
      for (int from = 0; from < waiting.size(); from += batchSize) {
        List<Waiting> batch = waiting.subList(from, Math.min(waiting.size(), from + batchSize));
        long begin = System.nanoTime();
        List<float[]> computed = frozen.run(batch.stream().map(Waiting::pixels).toList());
        nanosOfRuns.add(System.nanoTime() - begin);
        for (int i = 0; i < computed.size(); i++) {
          Waiting one = batch.get(i);
          one.found().rows()[one.variant()] = computed.get(i);
          keep(key(one.found().job(), key, one.variant()), computed.get(i));
        }
      }
      return photos;
    }
  }

  /** A row that waits for its pixels to be run. */
  private record Waiting(Found found, int variant, Pixels pixels) {}

  private static void queue(Found found, List<Waiting> waiting) {
    if (found.failure() != null) {
      return;
    }
    Iterator<Pixels> pixels = found.missing().iterator();
    for (int v = 0; v < found.rows().length; v++) {
      if (found.rows()[v] == null) {
        waiting.add(new Waiting(found, v, pixels.next()));
      }
    }
  }

  /** Photos that could not be read so far. */
  public List<Skipped> unreadable() {
    return List.copyOf(unreadable.values());
  }

  /** Adds photos that could not be read. */
  public void report(List<Skipped> files) {
    files.forEach(file -> unreadable.putIfAbsent(file.path(), file));
  }

  /** The part of the time so far that ONNX Runtime has taken. */
  public double backboneSeconds() {
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
        whole = job.photo().read(reader, preprocessing);
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
    parts.add("onnxruntime " + OnnxRuntimeEnvironment.version());
    return FeatureCache.key(parts.toArray(String[]::new));
  }
}
