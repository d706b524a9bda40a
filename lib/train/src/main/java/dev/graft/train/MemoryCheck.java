package dev.graft.train;

import dev.graft.fit.AugmentedPhotos;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.optimize.Updater;
import dev.graft.quantize.Precision;
import dev.graft.recipe.Hyperparameters;
import dev.graft.recipe.TrainingException;
import java.io.IOException;
import java.util.Locale;

/**
 * Refuses a training before the work where Java's memory would not suffice for all of it.
 *
 * @param training how many photos are learnt from
 * @param test how many are measured when all is learnt
 * @param remembers whether features stay in memory until the end
 * @param resumes whether the state of an earlier training is in memory
 */
record MemoryCheck(int training, int validation, int test, boolean remembers, boolean resumes) {

  /**
   * Looks at each stage.
   *
   * @throws TrainingException if Java may use too little memory
   */
  void require(NetworkPlan plan, Workbench bench) throws IOException {
    long parameters = plan.backbone().card().parameters();
    Hyperparameters how = plan.hyperparameters();
    int copies =
        Updater.moments(how.optimizer()) + (how.patience() > 0 ? 2 : 0) + (resumes ? 1 : 0);
    long rows = (long) training * plan.trainingVariants().count();
    long weights = plan.headWeights(plan.inputs());
    long remembered = 0;
    if (plan.backbone().isPretrained()) {
      boolean inSpan = plan.isInSpan(rows, training, validation);
      long numbers = plan.inputs() * (rows + validation);
      require(
          new TrainingMemory(
              Float.BYTES * parameters,
              Float.BYTES * numbers,
              plan.fineTuning() == null ? (long) Float.BYTES * plan.inputs() * test : 0,
              remembers,
              inSpan ? rows : 0,
              inSpan ? rows + validation : 0,
              Float.BYTES * (inSpan ? plan.headWeights(rows) : weights),
              Float.BYTES * weights,
              copies,
              plan.precision() != Precision.FP32));
      remembered = remembers ? Float.BYTES * numbers : 0;
    }
    if (!plan.trainsBackbone()) {
      return;
    }
    Level level = Level.belowTrainedLayers(plan, bench);
    long trained =
        weights
            + level.above().initializers().values().stream()
                .filter(values -> values.type() == ElementType.FLOAT)
                .mapToLong(Initializer::size)
                .sum();
    boolean drawn = level.frozen() == null || !plan.augmentation().isNone();
    long each =
        drawn ? AugmentedPhotos.bytes(plan.preprocessing()) : (long) Float.BYTES * level.length();
    boolean kept = !drawn || AugmentedPhotos.isKept(training, plan.preprocessing());
    require(
        new TrainingMemory(
            Float.BYTES * Math.max(0, parameters + weights - trained),
            remembered + (kept ? each * (training + validation) : 0),
            kept ? each * test : 0,
            remembers,
            0,
            0,
            Float.BYTES * trained,
            Float.BYTES * trained,
            copies,
            false));
  }

  private static void require(TrainingMemory needed) throws TrainingException {
    long heap = Runtime.getRuntime().maxMemory();
    if (needed.heap() > heap) {
      throw new TrainingException(
          String.format(
              Locale.ROOT,
              "training needs some %d MB of Java's memory, which may take %d MB: features of the"
                  + " photos %d MB, weights and what learns them %d MB; give it more"
                  + " (-Xmx%dm, for the command line GRAFT_JAVA_OPTS=-Xmx%dm), or use fewer photos"
                  + " or variants, or a smaller head",
              megabytes(needed.heap()),
              megabytes(heap),
              megabytes(needed.features() + needed.later()),
              megabytes(needed.live() - needed.features() - needed.later()),
              megabytes(needed.heap()),
              megabytes(needed.heap())));
    }
  }

  /** Rounded up. */
  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
