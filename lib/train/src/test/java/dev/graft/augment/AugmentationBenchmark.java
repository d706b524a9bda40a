package dev.graft.augment;

import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Times augmentations of one photo at 224x224 on one thread, and reading that photo, and prints the
 * medians. Run by the command in docs/augmentation.md.
 */
final class AugmentationBenchmark {

  private static final int ROUNDS = 1000;

  private AugmentationBenchmark() {}

  private interface Work {
    void run(int round) throws IOException;
  }

  public static void main(String[] args) throws IOException {
    Path photo = Path.of(args[0]);
    PhotoReader reader = PhotoReader.create();
    PhotoPreprocessing preprocessing = PhotoPreprocessing.stretch(224, 224);
    Pixels pixels = reader.read(photo, preprocessing);

    Map<String, Work> all = new LinkedHashMap<>();
    all.put("reading", round -> reader.read(photo, preprocessing));
    for (String preset : Augmentation.presets().keySet()) {
      Augmentation augmentation = Augmentation.parse(preset);
      if (!augmentation.isNone()) {
        all.put(preset, round -> augmentation.apply(pixels, round));
      }
    }
    for (Work work : all.values()) {
      median(work); // warm-up
    }
    for (Map.Entry<String, Work> work : all.entrySet()) {
      System.out.printf(Locale.ROOT, "%-8s %6.2f ms%n", work.getKey(), median(work.getValue()));
    }
  }

  private static double median(Work work) throws IOException {
    long[] nanos = new long[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      work.run(i);
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    return nanos[ROUNDS / 2] / 1e6;
  }
}
