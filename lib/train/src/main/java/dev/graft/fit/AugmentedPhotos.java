package dev.graft.fit;

import dev.graft.augment.Augmentation;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.Skipped;
import dev.graft.features.FeatureExtractor;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Photos that look different in each epoch: drawn afresh by an augmentation, and taken through the
 * frozen part of the network if there is one. Pixels are kept in memory where a quarter of it holds
 * them all, and else read again.
 */
public final class AugmentedPhotos implements Examples {

  private final List<LabeledPhoto> photos;
  private final Targets targets;
  private final PhotoPreprocessing preprocessing;
  private final Augmentation augmentation;
  private final long seed;
  private final FeatureExtractor frozen; // null: pixels are the network's input
  private final long[] shape;
  private final Map<LabeledPhoto, Pixels> kept;
  private final PhotoReader reader = PhotoReader.create();

  /**
   * Photos, each decoded once.
   *
   * @param pixels of those that can be read; empty where memory does not hold them all
   */
  public record Decoded(Map<LabeledPhoto, Pixels> pixels, List<Skipped> unreadable) {}

  /**
   * @param photos that can be read
   * @param decoded their pixels, as far as they are kept
   * @param frozen from pixels to what the network reads, of this shape; null where the network
   *     reads pixels, {@code [height, width, 3]}, RGB, 0..255
   */
  public AugmentedPhotos(
      List<LabeledPhoto> photos,
      Decoded decoded,
      Targets targets,
      PhotoPreprocessing preprocessing,
      Augmentation augmentation,
      long seed,
      FeatureExtractor frozen,
      long[] shape) {
    this.photos = photos;
    this.kept = decoded.pixels();
    this.targets = targets;
    this.preprocessing = preprocessing;
    this.augmentation = augmentation;
    this.seed = seed;
    this.frozen = frozen;
    this.shape = shape;
  }

  /** Bytes of a photo's pixels. */
  public static long bytes(PhotoPreprocessing preprocessing) {
    return 3L * preprocessing.resize().width() * preprocessing.resize().height();
  }

  /** Whether the pixels of so many photos stay in memory. */
  public static boolean isKept(int photos, PhotoPreprocessing preprocessing) {
    return photos * bytes(preprocessing) <= Runtime.getRuntime().maxMemory() / 4;
  }

  /** Reads photos, to keep them and to find those that cannot be read. */
  public static Decoded decode(List<LabeledPhoto> photos, PhotoPreprocessing preprocessing) {
    PhotoReader reader = PhotoReader.create();
    boolean keep = isKept(photos.size(), preprocessing);
    Map<LabeledPhoto, Pixels> pixels = new ConcurrentHashMap<>();
    List<Skipped> unreadable =
        photos.parallelStream()
            .map(
                photo -> {
                  try {
                    Pixels read = photo.read(reader, preprocessing);
                    if (keep) {
                      pixels.put(photo, read);
                    }
                    return Optional.<Skipped>empty();
                  } catch (PhotoException e) {
                    return Optional.of(new Skipped(photo.path(), e.reason()));
                  }
                })
            .flatMap(Optional::stream)
            .toList();
    return new Decoded(pixels, unreadable);
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
    if (frozen != null) {
      frozen
          .rows(Arrays.stream(examples).iterator(), example -> draw(example, epoch))
          .forEach(into::put);
      return;
    }
    List<Pixels> pixels =
        Arrays.stream(examples).parallel().mapToObj(example -> draw(example, epoch)).toList();
    for (Pixels photo : pixels) {
      for (byte level : photo.rgb()) {
        into.put(level & 0xff);
      }
    }
  }

  private Pixels draw(int example, int epoch) {
    LabeledPhoto photo = photos.get(example);
    Pixels pixels = kept.get(photo);
    if (pixels == null) {
      try {
        pixels = photo.read(reader, preprocessing);
      } catch (PhotoException e) {
        throw new UncheckedIOException(e);
      }
    }
    return epoch == 0 || augmentation.isNone()
        ? pixels
        : augmentation.apply(pixels, Augmentation.seed(seed, photo.sha256(), epoch));
  }
}
