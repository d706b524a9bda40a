package dev.graft.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks run; how fast is not looked at. */
class BenchmarksTest {

  @Test
  void eachBenchmarkRuns() throws RunnerException {
    Set<String> ran =
        new Runner(
                new OptionsBuilder()
                    .include("dev\\.graft\\.bench\\.")
                    .forks(0)
                    .mode(Mode.SingleShotTime)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .param("model", "efficientnet-lite0")
                    .param("photo", "400x300")
                    .param("file", "jpeg-400x300")
                    .param("filter", "BILINEAR")
                    .param("preset", "standard")
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run().stream()
                .map(RunResult::getPrimaryResult)
                .map(result -> result.getLabel())
                .collect(Collectors.toSet());
    assertEquals(
        Set.of(
            "augment",
            "batch",
            "batchByHand",
            "bytes",
            "files",
            "pixels",
            "pixelsByHand",
            "resize",
            "small",
            "whole"),
        ran);
  }

  @Test
  void theFilesAreWhatTheirNamesSay() throws IOException {
    PhotoReader reader = PhotoReader.create();
    for (byte[] file : new byte[][] {SamplePhotos.jpeg(400, 300), SamplePhotos.png(400, 300)}) {
      Pixels photo = reader.read(file, "sample", null);
      assertEquals(400, photo.width());
      assertEquals(300, photo.height());
    }
    assertEquals(1024, reader.read(SamplePhotos.webp(), "photo.webp", null).width());
  }
}
