package dev.graft.backbone;

import static java.util.stream.Collectors.joining;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a network was trained to see: how bytes of RGB become its floats. A channel's value {@code
 * x} (0..255) becomes {@code (x - mean) / std}.
 *
 * @param name what options and cards call it
 * @param channelOrder the order in which the network takes the channels
 * @param mean one number a channel, in the network's order, in grey levels (0..255)
 * @param std one number a channel, in the network's order, in grey levels, above 0
 */
public record Normalization(
    String name, ChannelOrder channelOrder, List<Float> mean, List<Float> std) {

  /** The order of colour channels. */
  public enum ChannelOrder {
    RGB,
    BGR
  }

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3) {
      throw new IllegalArgumentException(
          "expected a mean and a std for each of 3 channels, found " + mean + " and " + std);
    }
    if (std.stream().anyMatch(value -> !(value > 0))) {
      throw new IllegalArgumentException("each std must be above 0, found " + std);
    }
  }

  /**
   * BGR minus the mean of ImageNet, not scaled: mode "caffe" of Keras'
   * imagenet_utils.preprocess_input, which VGG16's weights were trained with.
   */
  public static Normalization kerasCaffe() {
    return new Normalization(
        "keras-caffe", ChannelOrder.BGR, List.of(103.939f, 116.779f, 123.68f), List.of(1f, 1f, 1f));
  }

  /** To -1..1: mode "tf" of Keras' imagenet_utils.preprocess_input. */
  public static Normalization kerasTf() {
    return grey("keras-tf", 127.5f, 127.5f);
  }

  /**
   * To 0..1, then by mean and standard deviation of ImageNet: what torchvision's weights expect,
   * mode "torch" of Keras' imagenet_utils.preprocess_input.
   */
  public static Normalization torchvision() {
    return new Normalization(
        "torchvision",
        ChannelOrder.RGB,
        List.of(0.485f * 255, 0.456f * 255, 0.406f * 255),
        List.of(0.229f * 255, 0.224f * 255, 0.225f * 255));
  }

  /** To 0..1, as the recipe's {@code ImageDataGenerator(rescale=1/255)} does. */
  public static Normalization rescale() {
    return grey("rescale", 0, 255);
  }

  /**
   * {@code (x - 127) / 128}: tensorflow/tpu, models/official/efficientnet/lite
   * (efficientnet_lite_builder.py, MEAN_RGB and STDDEV_RGB).
   */
  public static Normalization efficientNetLite() {
    return grey("efficientnet-lite", 127, 128);
  }

  /**
   * The one of that name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static Normalization named(String name) {
    return all()
        .filter(normalization -> normalization.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no preprocessing is called \"%s\"; the known ones are %s"
                        .formatted(name, all().map(Normalization::name).collect(joining(", ")))));
  }

  private static Stream<Normalization> all() {
    return Stream.of(kerasCaffe(), kerasTf(), torchvision(), rescale(), efficientNetLite());
  }

  private static Normalization grey(String name, float mean, float std) {
    return new Normalization(
        name, ChannelOrder.RGB, List.of(mean, mean, mean), List.of(std, std, std));
  }

  /**
   * The graph that normalises: input {@code image}, uint8 [N, height, width, 3], RGB; output {@code
   * input}, float [N, 3, height, width], as a backbone takes it.
   */
  public OnnxGraph toGraph(int height, int width) {
    OnnxGraph.Builder graph =
        OnnxGraph.builder("normalization")
            .input("image", ElementType.UINT8, "N", height, width, 3)
            .node(
                "Cast",
                List.of("image"),
                "image_float",
                Attribute.of("to", ElementType.FLOAT.code()));
    String last = "image_float";
    if (channelOrder == ChannelOrder.BGR) {
      graph
          .initializer("bgr", new long[] {3}, 2, 1, 0)
          .node("Gather", List.of(last, "bgr"), "image_bgr", Attribute.of("axis", 3));
      last = "image_bgr";
    }
    if (!mean.equals(List.of(0f, 0f, 0f))) {
      graph
          .initializer("mean", new long[] {3}, floats(mean))
          .node("Sub", List.of(last, "mean"), "image_centred");
      last = "image_centred";
    }
    if (!std.equals(List.of(1f, 1f, 1f))) {
      graph
          .initializer("std", new long[] {3}, floats(std))
          .node("Div", List.of(last, "std"), "image_scaled");
      last = "image_scaled";
    }
    return graph
        .node("Transpose", List.of(last), "input", Attribute.ints("perm", 0, 3, 1, 2))
        .output("input", ElementType.FLOAT, "N", 3, height, width)
        .build();
  }

  private static float[] floats(List<Float> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i);
    }
    return floats;
  }
}
