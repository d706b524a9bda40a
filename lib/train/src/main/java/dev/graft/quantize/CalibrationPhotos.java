package dev.graft.quantize;

import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.Skipped;
import dev.graft.evaluate.ModelComparison.Example;
import dev.graft.photo.PhotoException;
import dev.graft.photo.Pixels;
import dev.graft.serve.Classifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Photos to quantize a model with: some to calibrate on, others to compare the model with what it
 * was before. They are drawn by chance, the same ones each time, and read when they are asked for;
 * those that cannot be read are passed over, see {@link #skipped}. Not thread-safe.
 */
public final class CalibrationPhotos {

  /** How many photos to calibrate on are enough. */
  public static final int USUAL = 64;

  /** How many other photos the models are compared on, if there are as many. */
  public static final int COMPARED = 200;

  private final Classifier classifier;
  private final Path folder;

  /** Those that were not drawn yet. */
  private final Iterator<Path> rest;

  private final List<Skipped> skipped = new ArrayList<>();

  private CalibrationPhotos(Classifier classifier, Path folder, Iterator<Path> rest) {
    this.classifier = classifier;
    this.folder = folder;
    this.rest = rest;
  }

  /**
   * Takes photos of a folder.
   *
   * @param classifier of the model: it says how photos are read, and which labels there are
   * @param folder what messages name
   * @param photos at any depth of it; another order of them gives other choices
   */
  public static CalibrationPhotos of(Classifier classifier, Path folder, Collection<Path> photos) {
    List<Path> shuffled = new ArrayList<>(photos);
    Collections.shuffle(shuffled, new Random(shuffled.size()));
    return new CalibrationPhotos(classifier, folder, shuffled.iterator());
  }

  /**
   * Photos to calibrate on, as the model sees them.
   *
   * @param most how many, if there are as many
   * @throws DataException if fewer than {@value ModelQuantizer#LEAST_PHOTOS} can be read
   */
  public List<Pixels> toCalibrate(int most) throws DataException {
    List<Pixels> photos = new ArrayList<>();
    while (photos.size() < most && rest.hasNext()) {
      Pixels pixels = read(rest.next());
      if (pixels != null) {
        photos.add(pixels);
      }
    }
    if (photos.size() < ModelQuantizer.LEAST_PHOTOS) {
      throw new DataException(
          folder,
          "expected at least %d photos to calibrate on, found %d"
              .formatted(ModelQuantizer.LEAST_PHOTOS, photos.size()));
    }
    return photos;
  }

  /**
   * Up to {@value #COMPARED} photos that were not drawn before: what was calibrated on says nothing
   * of others. The name of the folder that a photo lies in is its label, if the model knows it.
   *
   * @return each is read when it is asked for
   */
  public Iterator<Example> others() {
    List<Path> photos = new ArrayList<>();
    while (photos.size() < COMPARED && rest.hasNext()) {
      photos.add(rest.next());
    }
    return examples(
        photos.stream(),
        photo -> {
          String label = photo.toAbsolutePath().getParent().getFileName().toString();
          return classifier.classes().contains(label) ? label : null;
        });
  }

  /**
   * The photos of another folder, with their labels.
   *
   * @param labeled single-label data of the model's classes, all of them training photos; what it
   *     could not read counts as skipped
   * @return each is read when it is asked for
   */
  public Iterator<Example> of(LabeledFolder labeled) {
    skipped.addAll(labeled.unreadable());
    Map<Path, String> labels = new HashMap<>();
    labeled
        .photos()
        .forEach(photo -> labels.put(photo.path(), classifier.classes().get(photo.label())));
    return examples(labeled.photos().stream().map(LabeledPhoto::path), labels::get);
  }

  /** What could not be read so far, and why. */
  public List<Skipped> skipped() {
    return List.copyOf(skipped);
  }

  private Iterator<Example> examples(Stream<Path> photos, Function<Path, String> label) {
    return photos
        .map(photo -> new Example(read(photo), label.apply(photo)))
        .filter(example -> example.pixels() != null)
        .iterator();
  }

  /** Null for one that cannot be read. */
  private Pixels read(Path photo) {
    try {
      return classifier.read(photo);
    } catch (PhotoException e) {
      skipped.add(new Skipped(photo, e.reason()));
      return null;
    }
  }
}
