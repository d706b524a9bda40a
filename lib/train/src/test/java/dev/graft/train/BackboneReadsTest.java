package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.backbone.CountedBackbone;
import dev.graft.quantize.Precision;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backbone of hundreds of megabytes is read, hashed and parsed once, whatever is done with it.
 */
class BackboneReadsTest {

  @TempDir private Path folder;

  private final CountedBackbone counted = CountedBackbone.small(32);

  private Trainer trainer() throws IOException {
    return Trainer.on(SamplePhotos.copy(folder.resolve("photos"), 0, 8))
        .backbone(counted.backbone())
        .head(Head.linear())
        .epochs(1);
  }

  @Test
  void readsItOnceForAFineTuningWithAllThatIsCheckedBeforeIt() throws Exception {
    FineTuning fineTuning = FineTuning.from("1").withEpochs(1);
    fineTuning.requireIn(counted.backbone()); // as the command line does
    assertEquals(1, counted.reads());
    trainer().fineTune(fineTuning).train().exportOnnx(folder.resolve("model.onnx"));
    assertEquals(1, counted.reads());
  }

  @Test
  void readsItOnceForAllFoldsOfACrossValidation() throws Exception {
    trainer().crossValidate(2).fineTune(FineTuning.from(FineTuning.ALL).withEpochs(1)).train();
    assertEquals(1, counted.reads());
  }

  @Test
  void readsItOnceWhereItIsStoredInFewerBits() throws Exception {
    trainer().precision(Precision.FP16).train().exportOnnx(folder.resolve("small.onnx"));
    assertEquals(1, counted.reads());
  }
}
