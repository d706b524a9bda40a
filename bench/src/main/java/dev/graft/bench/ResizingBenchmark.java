package dev.graft.bench;

import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.io.IOException;
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

/** A decoded photo to 224 x 224, one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ResizingBenchmark {

  /** Width and height of the photo: 0.1, 0.8 and 12 megapixels. */
  @Param({"400x300", "1024x768", "4000x3000"})
  String photo;

  @Param({"BILINEAR", "LANCZOS"})
  Resize.Filter filter;

  private Pixels pixels;
  private Resize resize;

  @Setup
  public void read() throws IOException {
    String[] sides = photo.split("x", 2);
    pixels = SamplePhotos.pixels(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    resize = new Resize(224, 224, Resize.Fit.STRETCH, filter);
  }

  @Benchmark
  public Pixels resize() {
    return resize.apply(pixels);
  }
}
