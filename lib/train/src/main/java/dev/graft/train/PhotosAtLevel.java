package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.data.LabeledPhoto;
import dev.graft.device.Device;
import dev.graft.features.FeaturePass;
import dev.graft.features.Variants;
import dev.graft.fit.AugmentedPhotos;
import dev.graft.fit.Examples;
import dev.graft.fit.FrozenFeatures;
import dev.graft.fit.Targets;
import dev.graft.recipe.TrainingException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Photos as what is above a {@link Level} sees them. */
record PhotosAtLevel(NetworkPlan plan, Level level, Workbench bench) {

  /** Features of photos to learn from, and of others to validate on. */
  record Split(FrozenFeatures train, FrozenFeatures validation) {}

  /** Photos as they are. */
  Examples unchanged(List<LabeledPhoto> photos) throws IOException {
    return level.frozen() == null
        ? drawn(photos, Augmentation.none())
        : features(List.of(), Variants.one(), photos).validation();
  }

  /** Photos drawn afresh each epoch. */
  Examples drawn(List<LabeledPhoto> photos, Augmentation augmentation) throws IOException {
    long start = System.nanoTime();
    AugmentedPhotos.Decoded decoded = AugmentedPhotos.decode(photos, plan.preprocessing());
    bench.pass().report(decoded.unreadable());
    List<LabeledPhoto> read = bench.readable(photos);
    bench.addFeatures(start);
    return new AugmentedPhotos(
        read,
        decoded,
        targets(read),
        plan.preprocessing(),
        augmentation,
        plan.seed(),
        level.extractor(),
        level.shape());
  }

  /** What the frozen layers make of photos, once. */
  Split features(List<LabeledPhoto> training, Variants variants, List<LabeledPhoto> validation)
      throws IOException {
    long start = System.nanoTime();
    List<FeaturePass.Job> jobs = new ArrayList<>();
    training.forEach(photo -> jobs.add(new FeaturePass.Job(photo, variants)));
    validation.forEach(photo -> jobs.add(new FeaturePass.Job(photo, Variants.one())));
    List<String> key =
        new ArrayList<>(
            List.of(
                plan.backbone().fingerprint(),
                level.name(),
                plan.backbone().normalization().toString()));
    if (!(level.extractor().device() instanceof Device.Cpu)) {
      // Another device sums in another order: a run on the CPU must not find its last digits.
      key.add("on " + level.extractor().device());
    }
    List<float[][]> rows = bench.pass().rows(level.extractor(), key, level.length(), jobs);
    int split = training.size();
    Split features =
        new Split(
            features(training, rows.subList(0, split), variants.count()),
            features(validation, rows.subList(split, rows.size()), 1));
    bench.addFeatures(start);
    return features;
  }

  private FrozenFeatures features(List<LabeledPhoto> photos, List<float[][]> rows, int variants)
      throws IOException {
    float[][] read =
        rows.stream().filter(Objects::nonNull).flatMap(Arrays::stream).toArray(float[][]::new);
    return new FrozenFeatures(level.shape(), read, variants, targets(bench.readable(photos)));
  }

  private Targets targets(List<LabeledPhoto> photos) {
    return Targets.of(plan.task(), photos, plan.classes().size());
  }

  /** Fails where of the photos to learn from none of some class could be read. */
  void requireEveryClass(Examples train) throws TrainingException {
    int[] counts = train.targets().counts();
    for (int c = 0; c < counts.length; c++) {
      if (counts[c] == 0) {
        throw new TrainingException(
            "%s: no photo of class %s is left to train on: none of them can be read; add some that"
                    .formatted(plan.root(), plan.classes().get(c))
                + " can");
      }
    }
  }
}
