package dev.graft.bench;

import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
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

/** The bytes of a file to pixels, one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DecodingBenchmark {

  private static final PhotoPreprocessing SMALL = PhotoPreprocessing.stretch(224, 224);

  @Param({
    "jpeg-400x300",
    "jpeg-2000x1500",
    "jpeg-4000x3000",
    "jpeg-5600x4000",
    "png-1024x768",
    "png-4000x3000",
    "webp-1024x768"
  })
  String file;

  private final PhotoReader reader = PhotoReader.create();
  private byte[] encoded;

  @Setup
  public void encode() throws IOException {
    String[] parts = file.split("[-x]", 3);
    int width = Integer.parseInt(parts[1]);
    int height = Integer.parseInt(parts[2]);
    encoded =
        switch (parts[0]) {
          case "jpeg" -> SamplePhotos.jpeg(width, height);
          case "png" -> SamplePhotos.png(width, height);
          case "webp" -> SamplePhotos.webp();
          default -> throw new IllegalArgumentException("expected jpeg, png or webp: " + file);
        };
  }

  /** At the photo's own size. */
  @Benchmark
  public Pixels whole() throws PhotoException {
    return reader.read(encoded, file, null);
  }

  /** At 224 x 224, as a model wants it: a reader may then shrink the photo as it decodes. */
  @Benchmark
  public Pixels small() throws PhotoException {
    return reader.read(encoded, file, SMALL);
  }
}
