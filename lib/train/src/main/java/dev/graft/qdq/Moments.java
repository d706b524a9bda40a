package dev.graft.qdq;

import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.Shape;
import java.util.Random;

/**
 * Mean and covariance of the vectors that a layer multiplies its weights with, sampled from what it
 * reads in calibration. A grouped convolution has those of each group. Not thread-safe.
 */
final class Moments {

  /** Vectors a photo and layer: neighbors are alike, more tell little. */
  private static final int SAMPLES = 48;

  private final Random random = new Random(1); // the same vectors each time
  private final Layer layer;
  private final int size;
  private final double[][] sums; // [group][size]
  private final double[][] products; // [group][size * size], upper triangle; null: means alone
  private long n;

  /**
   * Of nothing yet.
   *
   * @param covariance whether to find it too, or the means alone
   */
  Moments(Layer layer, boolean covariance) {
    this.layer = layer;
    this.size = layer.products();
    this.sums = new double[layer.groups()][size];
    this.products = covariance ? new double[layer.groups()][size * size] : null;
  }

  /** Whether the vectors of a layer can be told from shapes and attributes. */
  static boolean areKnown(Layer layer) {
    return !layer.isConvolution()
        || (layer.weight().shape().length == 4
            && layer.node().stringAttribute("auto_pad", "NOTSET").equals("NOTSET"));
  }

  /**
   * Samples what the layer read of one example.
   *
   * @param shape of it, for convolutions [1, C, H, W]
   */
  void add(float[] read, Shape shape) {
    if (!layer.isConvolution()) {
      int rows = read.length / size;
      float[] vector = new float[size];
      for (int i = 0; i < Math.min(rows, SAMPLES); i++) {
        int row = rows <= SAMPLES ? i : random.nextInt(rows);
        System.arraycopy(read, row * size, vector, 0, size);
        add(0, vector);
      }
      n += Math.min(rows, SAMPLES);
      return;
    }
    OnnxNode node = layer.node();
    long[] kernel = layer.weight().shape();
    long[] strides = node.intsAttribute("strides", 1, 1);
    long[] dilations = node.intsAttribute("dilations", 1, 1);
    long[] pads = node.intsAttribute("pads", 0, 0, 0, 0);
    int height = Math.toIntExact(shape.size(2));
    int width = Math.toIntExact(shape.size(3));
    int[] out = new int[2];
    for (int axis = 0; axis < 2; axis++) {
      long extent = (axis == 0 ? height : width) + pads[axis] + pads[axis + 2];
      long reach = (kernel[axis + 2] - 1) * dilations[axis] + 1;
      out[axis] = Math.toIntExact((extent - reach) / strides[axis] + 1);
    }
    int each = Math.toIntExact(kernel[1]);
    float[] vector = new float[size];
    for (int i = 0; i < SAMPLES; i++) {
      long top = random.nextInt(out[0]) * strides[0] - pads[0];
      long left = random.nextInt(out[1]) * strides[1] - pads[1];
      for (int group = 0; group < sums.length; group++) {
        int at = 0;
        for (int c = group * each; c < (group + 1) * each; c++) {
          for (int ky = 0; ky < kernel[2]; ky++) {
            long y = top + ky * dilations[0];
            for (int kx = 0; kx < kernel[3]; kx++) {
              long x = left + kx * dilations[1];
              boolean inside = y >= 0 && y < height && x >= 0 && x < width;
              vector[at++] = inside ? read[(c * height + (int) y) * width + (int) x] : 0;
            }
          }
        }
        add(group, vector);
      }
    }
    n += SAMPLES;
  }

  private void add(int group, float[] vector) {
    double[] sum = sums[group];
    for (int i = 0; i < size; i++) {
      sum[i] += vector[i];
    }
    if (products == null) {
      return;
    }
    double[] product = products[group];
    for (int i = 0; i < size; i++) {
      double value = vector[i];
      if (value != 0) {
        int row = i * size;
        for (int j = i; j < size; j++) {
          product[row + j] += value * vector[j];
        }
      }
    }
  }

  boolean hasCovariance() {
    return products != null;
  }

  double[] mean(int group) {
    double[] mean = sums[group].clone();
    for (int i = 0; i < size; i++) {
      mean[i] /= n;
    }
    return mean;
  }

  /** [size][size], symmetric. */
  double[][] covariance(int group) {
    double[] mean = mean(group);
    double[][] covariance = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = i; j < size; j++) {
        double value = products[group][i * size + j] / n - mean[i] * mean[j];
        covariance[i][j] = value;
        covariance[j][i] = value;
      }
    }
    return covariance;
  }
}
