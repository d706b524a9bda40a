package dev.graft.cli.option;

import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model files are opened. */
public final class ModelFileOptions {

  @Option(
      names = "--allow-changed",
      description =
          "Open MODEL.onnx even if its checksum is not that of its bytes: it is damaged, or another"
              + " tool has changed it.")
  private boolean allowChanged;

  public ModelBytes read(Path model) throws ModelException {
    return ModelBytes.read(model, allowChanged);
  }
}
