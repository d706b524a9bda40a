package dev.graft.cli.option;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.BackboneOptions;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Normalization;
import dev.graft.quantize.Precision;
import dev.graft.recipe.Head;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which network {@code train} trains. */
public final class ModelOptions implements OptionGroup {

  @Option(
      names = "--backbone",
      paramLabel = "NAME",
      defaultValue = "vgg16",
      description =
          "See 'graft backbones' (default: ${DEFAULT-VALUE}); or none, for a small network that"
              + " learns everything from your photos; or a file MODEL.onnx: any classifier of"
              + " photos.")
  private String backbone;

  @Option(
      names = "--features",
      paramLabel = "TENSOR",
      description =
          "Tensor of MODEL.onnx that the head stands on (default: the input of its last global"
              + " pooling, or of its classifier; 'graft backbones --inspect MODEL.onnx' lists"
              + " others).")
  private String features;

  @Option(
      names = "--input-size",
      paramLabel = "PIXELS",
      description =
          "Height and width of photos, with --backbone none (default: 32), or for a MODEL.onnx that"
              + " takes any size (default: 224).")
  private Integer inputSize;

  @Option(
      names = "--preprocessing",
      paramLabel = "NAME",
      description =
          "How pixels become the backbone's numbers: keras-caffe, keras-tf, torchvision,"
              + " efficientnet-lite, rescale, none, or mean=R/G/B,std=R/G/B,order=rgb in grey"
              + " levels (default: what the backbone was trained with; required for a MODEL.onnx"
              + " that is not of Graft).")
  private String preprocessing;

  @Option(
      names = "--head",
      paramLabel = "NAME",
      description =
          "flatten-dense (Flatten, Dense, ReLU, Dropout, Dense; the default for vgg16) or linear"
              + " (global average pooling, Dropout, Dense; the default for other backbones).")
  private String head;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Units of the first dense layer; flatten-dense only (default: 512).")
  private Integer hidden;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description =
          "Share of the last layer's inputs that are dropped in training (default: 0.5 / 0).")
  private Float dropout;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "fp32",
      description =
          "How the model is stored: fp32; fp16 (half the size); int8 (a quarter of the size, and"
              + " faster on most processors); or auto, which is int8 where it is faster on this"
              + " machine. The head learns from the features of the backbone as stored (default:"
              + " ${DEFAULT-VALUE}).")
  private Precision precision;

  @Override
  public String heading() {
    return "Model";
  }

  public Precision precision() {
    return precision;
  }

  /**
   * Reads it; a file is run, which takes a while.
   *
   * @throws IllegalArgumentException if an option makes no sense
   */
  public Backbone backbone(long seed, PrintWriter err) throws IOException {
    Normalization normalization = preprocessing == null ? null : Normalization.named(preprocessing);
    if (inputSize != null && inputSize < 1) {
      throw new IllegalArgumentException("expected an input size of at least 1, got " + inputSize);
    }
    if (backbone.equals(Backbones.NONE)) {
      if (features != null) {
        throw new IllegalArgumentException("--features needs --backbone MODEL.onnx");
      }
      Backbone small =
          Backbones.untrained(inputSize == null ? Backbones.UNTRAINED_SIZE : inputSize, seed);
      return normalization == null ? small : small.withNormalization(normalization);
    }
    if (file().isEmpty()) {
      if (features != null || inputSize != null) {
        throw new IllegalArgumentException(
            features != null
                ? "--features needs --backbone MODEL.onnx"
                : "--input-size needs --backbone MODEL.onnx or none");
      }
      Backbone known = Backbones.named(backbone);
      return normalization == null ? known : known.withNormalization(normalization);
    }
    Backbone read =
        Backbones.read(
            Path.of(backbone),
            BackboneOptions.defaults()
                .withFeaturesTensor(features)
                .withNormalization(normalization)
                .withInputSize(inputSize == null ? 0 : inputSize));
    if (features == null) {
      err.printf(
          "graft: %s: features are the tensor %s %s; --features takes another%n",
          backbone, read.card().featuresTensor(), read.card().featureShape());
    }
    return read;
  }

  /**
   * The file that is the backbone, if one is; a bundled one is never taken for a file of its name.
   */
  public Optional<Path> file() {
    boolean file =
        backbone.endsWith(".onnx")
            || backbone.contains("/")
            || backbone.contains(File.separator)
            || (Backbones.all().stream().noneMatch(card -> card.name().equals(backbone))
                && Files.isRegularFile(Path.of(backbone)));
    return file ? Optional.of(Path.of(backbone)) : Optional.empty();
  }

  /**
   * The chosen one, or what suits the backbone.
   *
   * @throws IllegalArgumentException if an option makes no sense
   */
  public Head head(Backbone chosen) {
    Head usual = Head.suitedTo(chosen);
    Head wanted = head == null || head.equals(usual.name()) ? usual : Head.named(head);
    if (wanted instanceof Head.FlattenDense dense) {
      return Head.flattenDense(
          hidden == null ? dense.hidden() : hidden, dropout == null ? dense.dropout() : dropout);
    }
    if (hidden != null) {
      throw new IllegalArgumentException("--hidden needs --head flatten-dense");
    }
    return Head.linear(dropout == null ? wanted.dropout() : dropout);
  }
}
