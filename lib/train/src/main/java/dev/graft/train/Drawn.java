package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.SkippedFile;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Photos that look different in each epoch: drawn afresh by an augmentation, and taken through the
 * frozen part of the network if there is one. Pixels are kept in memory where a quarter of it holds
 * them all, and else read again.
 */
final class Drawn implements Examples {

  private final List<LabeledPhoto> photos;
  private final Targets targets;
  private final PhotoPreprocessing preprocessing;
  private final Augmentation augmentation;
  private final long seed;
  private final FeatureExtractor frozen; // null: pixels are the network's input
  private final long[] shape;
  private final Pixels[] kept; // null: too many
  private final PhotoReader reader = PhotoReader.create();

  /**
   * @param photos that can be read
   * @param frozen from pixels to what the network reads, of this shape; null where the network
   *     reads pixels, {@code [height, width, 3]}, RGB, 0..255
   */
  Drawn(
      List<LabeledPhoto> photos,
      Targets targets,
      PhotoPreprocessing preprocessing,
      Augmentation augmentation,
      long seed,
      FeatureExtractor frozen,
      long[] shape) {
    this.photos = photos;
    this.targets = targets;
    this.preprocessing = preprocessing;
    this.augmentation = augmentation;
    this.seed = seed;
    this.frozen = frozen;
    this.shape = shape;
    long bytes =
        3L * preprocessing.resize().width() * preprocessing.resize().height() * photos.size();
    this.kept = bytes <= Runtime.getRuntime().maxMemory() / 4 ? new Pixels[photos.size()] : null;
  }

  /** Reads photos to find those that cannot be read. */
  static List<SkippedFile> unreadable(List<LabeledPhoto> photos, PhotoPreprocessing preprocessing) {
    PhotoReader reader = PhotoReader.create();
    return photos.parallelStream()
        .map(
            photo -> {
              try {
                reader.read(photo.path(), preprocessing);
                return Optional.<SkippedFile>empty();
              } catch (PhotoException e) {
                return Optional.of(new SkippedFile(photo.path(), e.reason()));
              }
            })
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public long[] shape() {
    return shape;
  }

  @Override
  public Targets targets() {
    return targets;
  }

  @Override
  public void copy(int[] examples, int epoch, FloatBuffer into) {
    List<Pixels> pixels =
        Arrays.stream(examples).parallel().mapToObj(example -> draw(example, epoch)).toList();
    if (frozen == null) {
      for (Pixels photo : pixels) {
        for (byte level : photo.rgb()) {
          into.put(level & 0xff);
        }
      }
      return;
    }
    for (int from = 0; from < pixels.size(); from += FeaturePass.BATCH) {
      int to = Math.min(pixels.size(), from + FeaturePass.BATCH);
      for (float[] row : frozen.run(pixels.subList(from, to))) {
        into.put(row);
      }
    }
  }

  private Pixels draw(int example, int epoch) {
    LabeledPhoto photo = photos.get(example);
    Pixels pixels = kept == null ? null : kept[example];
    if (pixels == null) {
      try {
        pixels = reader.read(photo.path(), preprocessing);
      } catch (PhotoException e) {
        throw new UncheckedIOException(e);
      }
      if (kept != null) {
        kept[example] = pixels;
      }
    }
    return epoch == 0 || augmentation.isNone()
        ? pixels
        : augmentation.apply(pixels, Augmentation.seed(seed, photo.sha256(), epoch));
  }
}
