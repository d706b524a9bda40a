package dev.graft.bench;

import dev.graft.augment.Augmentation;
import dev.graft.photo.Pixels;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A variant of a photo at 224 x 224, one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AugmentationBenchmark {

  @Param({"flips", "light", "standard", "strong"})
  String preset;

  private final Pixels pixels = SamplePhotos.pixels(224, 224);
  private Augmentation augmentation;
  private long seed;

  @Setup
  public void parse() {
    augmentation = Augmentation.parse(preset);
  }

  @Benchmark
  public Pixels augment() {
    return augmentation.apply(pixels, seed++);
  }
}
