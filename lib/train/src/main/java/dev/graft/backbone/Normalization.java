package dev.graft.backbone;

import static java.util.stream.Collectors.joining;

import dev.graft.model.ModelTensors;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a network was trained to see: how bytes of RGB become its floats. A channel's value {@code
 * x} (0..255) becomes {@code (x - mean) / std}. What is done to the photo itself before, {@link
 * dev.graft.photo.PhotoPreprocessing} says; the command line calls both preprocessing.
 *
 * @param name what options and cards call it: {@link #named} finds it by this name again
 * @param channelOrder the order in which the network takes the channels
 * @param mean one number a channel, in the network's order, in gray levels (0..255)
 * @param std one number a channel, in the network's order, in gray levels, above 0
 */
public record Normalization(
    String name, ChannelOrder channelOrder, List<Float> mean, List<Float> std) {

  /** The order of color channels. */
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
    return gray("keras-tf", 127.5f, 127.5f);
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
    return gray("rescale", 0, 255);
  }

  /**
   * {@code (x - 127) / 128}: tensorflow/tpu, models/official/efficientnet/lite
   * (efficientnet_lite_builder.py, MEAN_RGB and STDDEV_RGB).
   */
  public static Normalization efficientNetLite() {
    return gray("efficientnet-lite", 127, 128);
  }

  /** RGB as it is, 0..255: for networks that normalize by themselves. */
  public static Normalization none() {
    return gray("none", 0, 1);
  }

  /**
   * Any other, named {@code mean=R/G/B,std=R/G/B,order=rgb}.
   *
   * @param channelOrder the order in which the network takes the channels
   * @param mean one number a channel, in the network's order, in gray levels (0..255)
   * @param std one number a channel, in the network's order, in gray levels, above 0
   */
  public static Normalization of(ChannelOrder channelOrder, List<Float> mean, List<Float> std) {
    String name =
        "mean=%s,std=%s,order=%s"
            .formatted(text(mean), text(std), channelOrder.name().toLowerCase(Locale.ROOT));
    return new Normalization(name, channelOrder, mean, std);
  }

  private static String text(List<Float> numbers) {
    return numbers.stream()
        .map(number -> number.toString().replaceFirst("\\.0$", ""))
        .collect(joining("/"));
  }

  /**
   * The one of that name: one of {@link #names}, or numbers of one's own, such as {@code
   * mean=123.675/116.28/103.53,std=58.395/57.12/57.375,order=rgb}. The numbers are gray levels
   * (0..255), one a channel in the order that the network takes, or one for all; mean is 0, std 1
   * and order rgb where they are left out.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static Normalization named(String name) {
    if (name.contains("=")) {
      return parse(name);
    }
    return all()
        .filter(normalization -> normalization.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no preprocessing is called \"%s\"; the known ones are %s"
                        .formatted(name, String.join(", ", names()))));
  }

  /** What {@link #named} knows by name, and the form that it takes numbers in. */
  public static List<String> names() {
    return Stream.concat(
            all().map(Normalization::name), Stream.of("mean=R/G/B,std=R/G/B,order=rgb"))
        .toList();
  }

  private static Stream<Normalization> all() {
    return Stream.of(kerasCaffe(), kerasTf(), torchvision(), efficientNetLite(), rescale(), none());
  }

  private static Normalization parse(String text) {
    Map<String, String> parts = new HashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String key = part.substring(0, Math.max(0, equals)).strip();
      if (!List.of("mean", "std", "order").contains(key)
          || parts.put(key, part.substring(equals + 1).strip()) != null) {
        throw refused(text, "expected mean=, std= and order=, each at most once");
      }
    }
    List<Float> std = numbers(text, parts.getOrDefault("std", "1"));
    if (std.stream().anyMatch(value -> !(value >= 1))) {
      throw refused(
          text,
          "each std is a number of grey levels (0 to 255), at least 1: multiply means and stds for"
              + " pixels from 0 to 1 by 255");
    }
    String order = parts.getOrDefault("order", "rgb");
    return switch (order.toLowerCase(Locale.ROOT)) {
      case "rgb" -> of(ChannelOrder.RGB, numbers(text, parts.getOrDefault("mean", "0")), std);
      case "bgr" -> of(ChannelOrder.BGR, numbers(text, parts.getOrDefault("mean", "0")), std);
      default -> throw refused(text, "the order is rgb or bgr, found " + order);
    };
  }

  private static List<Float> numbers(String text, String list) {
    try {
      List<Float> numbers = Stream.of(list.split("/", -1)).map(Float::valueOf).toList();
      if ((numbers.size() == 1 || numbers.size() == 3)
          && numbers.stream().allMatch(number -> Float.isFinite(number))) {
        return numbers.size() == 3 ? numbers : Collections.nCopies(3, numbers.get(0));
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw refused(text, "expected one number or three, as in 127.5 or 123.7/116.3/103.5");
  }

  private static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException("preprocessing \"%s\": %s".formatted(text, why));
  }

  private static Normalization gray(String name, float mean, float std) {
    return new Normalization(
        name, ChannelOrder.RGB, List.of(mean, mean, mean), List.of(std, std, std));
  }

  /**
   * The graph that normalizes: input {@code image}, uint8 [N, height, width, 3], RGB; output {@code
   * input}, float [N, 3, height, width].
   */
  OnnxGraph toGraph(int height, int width) {
    return toGraph(height, width, ImageLayout.CHANNELS_FIRST, 17);
  }

  /**
   * The graph that normalizes: input {@code image}, uint8 [N, height, width, 3], RGB; output {@code
   * input}, float, in a network's own layout.
   *
   * @param opset that of the network, at least 7: its operators mean the same in all of them
   */
  OnnxGraph toGraph(int height, int width, ImageLayout layout, int opset) {
    OnnxGraphBuilder graph =
        OnnxGraph.builder("normalization", opset)
            .input(ModelTensors.IMAGE, ElementType.UINT8, "N", height, width, 3)
            .node(
                "Cast",
                List.of(ModelTensors.IMAGE),
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
    return layout == ImageLayout.CHANNELS_FIRST
        ? graph
            .node("Transpose", List.of(last), "input", Attribute.ints("perm", 0, 3, 1, 2))
            .output("input", ElementType.FLOAT, "N", 3, height, width)
            .build()
        : graph
            .node("Identity", List.of(last), "input")
            .output("input", ElementType.FLOAT, "N", height, width, 3)
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
