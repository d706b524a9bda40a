package dev.graft.onnx;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;

/**
 * The shape of a tensor, in which a dimension may be a name instead of a number: {@code [N, 3, 224,
 * 224]}.
 */
public record Shape(List<Dim> dims) {

  /** A file need not say how many dimensions a tensor has: this stands for such a shape. */
  public static final Shape UNKNOWN = new Shape(List.of(new Dim("...", -1)));

  /**
   * One dimension.
   *
   * @param symbol its name ("?" if the file names none), or null if its size is known
   * @param size at least 0, or -1 if it is only known at run time
   */
  public record Dim(String symbol, long size) {
    public Dim {
      if ((symbol == null) != (size >= 0) || size < -1) {
        throw new IllegalArgumentException(
            "a dimension is either a name or a size, not " + symbol + " and " + size);
      }
    }

    @Override
    public String toString() {
      return symbol == null ? Long.toString(size) : symbol;
    }
  }

  public Shape {
    dims = List.copyOf(dims);
  }

  /**
   * A shape of known rank.
   *
   * @param dims each a name (String) or a size (Integer, Long)
   */
  public static Shape of(Object... dims) {
    List<Dim> list = new ArrayList<>();
    for (Object dim : dims) {
      if (dim instanceof String name) {
        list.add(new Dim(name, -1));
      } else if (dim instanceof Integer || dim instanceof Long) {
        list.add(new Dim(null, ((Number) dim).longValue()));
      } else {
        throw new IllegalArgumentException("a dimension is a name or a whole number, not " + dim);
      }
    }
    return new Shape(list);
  }

  /** The number of dimensions, -1 for {@link #UNKNOWN}. */
  public int rank() {
    return equals(UNKNOWN) ? -1 : dims.size();
  }

  /** The size of one dimension, -1 if it is only known at run time. */
  public long size(int axis) {
    return dims.get(axis).size();
  }

  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(joining(", ", "[", "]"));
  }
}
