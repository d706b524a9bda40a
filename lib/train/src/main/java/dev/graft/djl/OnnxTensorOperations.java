package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.graft.onnx.Initializer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** ONNX's operators that give numbers other places or shapes without changing them. */
final class OnnxTensorOperations {

  /** Up to here parts are cut out and joined; beyond, a table is looked up. */
  private static final int FEW_INDICES = 16;

  private OnnxTensorOperations() {}

  static NDArray reshape(Call call) {
    NDArray x = call.array(0);
    long[] shape = call.constant(1).longs();
    if (call.node().intAttribute("allowzero", 0) == 0) {
      for (int axis = 0; axis < shape.length; axis++) {
        shape[axis] = shape[axis] == 0 ? x.getShape().get(axis) : shape[axis];
      }
    }
    return x.reshape(shape);
  }

  static NDArray flatten(Call call) {
    NDArray x = call.array(0);
    int rank = x.getShape().dimension();
    long axis = call.node().intAttribute("axis", 1);
    int split = Math.toIntExact(axis < 0 ? axis + rank : axis);
    return x.reshape(x.getShape().slice(0, split).size(), x.getShape().slice(split).size());
  }

  static NDArray transpose(Call call) {
    NDArray x = call.array(0);
    int rank = x.getShape().dimension();
    int[] axes = new int[rank];
    Arrays.setAll(axes, axis -> rank - 1 - axis);
    long[] perm = call.node().intsAttribute("perm");
    for (int axis = 0; axis < perm.length; axis++) {
      axes[axis] = Math.toIntExact(perm[axis]);
    }
    return x.transpose(axes);
  }

  static NDArray concat(Call call) {
    if (call.inputs() == 1) {
      // DJL would copy it, and the gradient would end there.
      return call.array(0);
    }
    NDList parts = new NDList();
    for (int i = 0; i < call.inputs(); i++) {
      parts.add(call.array(i));
    }
    return NDArrays.concat(parts, call.axis(call.array(0), 0));
  }

  static NDArray squeeze(Call call) {
    NDArray x = call.array(0);
    long[] shape = x.getShape().getShape();
    long[] axes = call.longs(1, "axes");
    List<Integer> gone = new ArrayList<>();
    for (long axis : axes) {
      gone.add(call.position(axis, shape.length));
    }
    List<Long> kept = new ArrayList<>();
    for (int axis = 0; axis < shape.length; axis++) {
      if (!(axes.length == 0 ? shape[axis] == 1 : gone.contains(axis))) {
        kept.add(shape[axis]);
      }
    }
    return x.reshape(kept.stream().mapToLong(Long::longValue).toArray());
  }

  static NDArray unsqueeze(Call call) {
    NDArray x = call.array(0);
    long[] axes = call.longs(1, "axes");
    long[] shape = new long[x.getShape().dimension() + axes.length];
    for (long axis : axes) {
      shape[call.position(axis, shape.length)] = 1;
    }
    int next = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = shape[axis] == 1 ? 1 : x.getShape().get(next++);
    }
    return x.reshape(shape);
  }

  static NDArray expand(Call call) {
    NDArray x = call.array(0);
    return x.broadcast(common(x.getShape(), new Shape(call.constant(1).longs())));
  }

  /** As arrays are broadcast: from the right, where one of the sizes is 1. */
  private static Shape common(Shape first, Shape second) {
    int rank = Math.max(first.dimension(), second.dimension());
    long[] shape = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long a = i <= first.dimension() ? first.get(first.dimension() - i) : 1;
      long b = i <= second.dimension() ? second.get(second.dimension() - i) : 1;
      shape[rank - i] = a == 1 ? b : a;
    }
    return new Shape(shape);
  }

  static NDArray tile(Call call) {
    return call.array(0).tile(call.constant(1).longs());
  }

  static NDArray where(Call call) {
    NDArray condition = call.array(0);
    NDArray yes = call.array(1);
    NDArray no = call.array(2);
    Shape shape = common(common(condition.getShape(), yes.getShape()), no.getShape());
    NDArray truth = call.keep(condition.toType(DataType.BOOLEAN, false));
    return NDArrays.where(
        call.keep(truth.broadcast(shape)),
        call.keep(yes.broadcast(shape)),
        call.keep(no.broadcast(shape)));
  }

  /** Equal parts where no sizes are given, the last one smaller if need be. */
  static NDArray split(Call call) {
    NDArray x = call.array(0);
    int axis = call.axis(x, 0);
    long length = x.getShape().get(axis);
    long[] sizes = call.longs(1, "split");
    if (sizes.length == 0) {
      int parts = call.node().outputs().size();
      long size = (length + parts - 1) / parts;
      sizes = LongStream.range(0, parts).map(i -> Math.min(size, length - i * size)).toArray();
    }
    NDArray first = null;
    long start = 0;
    for (int i = 0; i < sizes.length; i++) {
      NDArray part = part(x, axis, start, start + sizes[i], 1);
      start += sizes[i];
      if (i == 0) {
        first = part;
      } else {
        call.other(i, part);
      }
    }
    return first;
  }

  private static NDArray part(NDArray x, int axis, long start, long end, long step) {
    return x.get(new NDIndex().addAllDim(axis).addSliceDim(start, end, step));
  }

  /** Up to opset 9 all is said by attributes, and steps are 1. */
  static NDArray slice(Call call) {
    NDArray x = call.array(0);
    int rank = x.getShape().dimension();
    long[] starts = call.longs(1, "starts");
    long[] ends = call.longs(2, "ends");
    long[] axes = call.longs(3, "axes");
    long[] steps = call.has(4) ? call.constant(4).longs() : new long[0];
    NDArray result = x;
    for (int i = 0; i < starts.length; i++) {
      int axis = axes.length == 0 ? i : call.position(axes[i], rank);
      long size = x.getShape().get(axis);
      long step = steps.length == 0 ? 1 : steps[i];
      long start = starts[i] < 0 ? starts[i] + size : starts[i];
      long end = ends[i] < 0 ? Math.max(ends[i], -size - 1) + size : ends[i];
      NDArray from = result == x ? x : call.keep(result);
      if (step > 0) {
        start = Math.max(0, Math.min(size, start));
        end = Math.max(start, Math.min(size, end));
        result = part(from, axis, start, end, step);
      } else {
        // PyTorch takes no steps backwards.
        start = Math.max(-1, Math.min(size - 1, start));
        end = Math.max(-1, Math.min(start, end));
        NDArray turned = call.keep(from.flip(axis));
        result = part(turned, axis, size - 1 - start, size - 1 - end, -step);
      }
    }
    return result == x ? x.reshape(x.getShape()) : result;
  }

  static NDArray gather(Call call) {
    NDArray x = call.array(0);
    int axis = call.axis(x, 0);
    Initializer indices = call.constant(1);
    NDArray list = take(call, x, axis, indices.longs());
    long[] shape = new long[x.getShape().dimension() - 1 + indices.shape().length];
    System.arraycopy(x.getShape().getShape(), 0, shape, 0, axis);
    System.arraycopy(indices.shape(), 0, shape, axis, indices.shape().length);
    int behind = x.getShape().dimension() - axis - 1;
    System.arraycopy(x.getShape().getShape(), axis + 1, shape, shape.length - behind, behind);
    return call.keep(list).reshape(shape);
  }

  /** The places along an axis that a list of indices names, -1 for the last. */
  private static NDArray take(Call call, NDArray x, int axis, long... indices) {
    long size = x.getShape().get(axis);
    long[] places = LongStream.of(indices).map(i -> i < 0 ? i + size : i).toArray();
    for (long place : places) {
      if (place < 0 || place >= size) {
        throw call.refused(
            "it asks for place " + place + " of axis " + axis + ", which has " + size);
      }
    }
    if (places.length == 1) {
      return part(x, axis, places[0], places[0] + 1, 1);
    }
    if (places.length <= FEW_INDICES) {
      NDList parts = new NDList();
      for (long place : places) {
        parts.add(call.keep(part(x, axis, place, place + 1, 1)));
      }
      return NDArrays.concat(parts, axis);
    }
    NDArray turned = axis == 0 ? x : call.keep(x.swapAxes(0, axis));
    long[] shape = turned.getShape().getShape();
    NDArray table = call.keep(turned.reshape(shape[0], turned.size() / shape[0]));
    NDArray rows = call.keep(call.manager().create(places));
    NDArray found =
        call.keep(
            table
                .getNDArrayInternal()
                .embedding(rows, table, ai.djl.ndarray.types.SparseFormat.DENSE)
                .singletonOrThrow());
    shape[0] = places.length;
    NDArray shaped = found.reshape(shape);
    return axis == 0 ? shaped : call.keep(shaped).swapAxes(0, axis);
  }

  /** Up to opset 10 all is said by attributes. */
  static NDArray pad(Call call) {
    NDArray x = call.array(0);
    int rank = x.getShape().dimension();
    long[] pads = call.longs(1, "pads");
    long[] axes = call.has(3) ? call.constant(3).longs() : LongStream.range(0, rank).toArray();
    float value =
        call.has(2) ? call.constant(2).floats()[0] : call.node().floatAttribute("value", 0);
    String mode = call.node().stringAttribute("mode", "constant");
    long[] before = new long[rank];
    long[] after = new long[rank];
    for (int i = 0; i < axes.length; i++) {
      before[call.position(axes[i], rank)] = pads[i];
      after[call.position(axes[i], rank)] = pads[axes.length + i];
    }
    if (mode.equals("constant")) {
      // PyTorch counts from the last axis.
      long[] backwards = new long[2 * rank];
      for (int axis = 0; axis < rank; axis++) {
        backwards[2 * (rank - 1 - axis)] = before[axis];
        backwards[2 * (rank - 1 - axis) + 1] = after[axis];
      }
      return x.pad(new Shape(backwards), value);
    }
    NDArray result = x;
    for (int axis = 0; axis < rank; axis++) {
      if (before[axis] != 0 || after[axis] != 0) {
        long[] places = places(call, mode, x.getShape().get(axis), before[axis], after[axis]);
        result = take(call, result == x ? x : call.keep(result), axis, places);
      }
    }
    return result == x ? x.reshape(x.getShape()) : result;
  }

  private static long[] places(Call call, String mode, long size, long before, long after) {
    long[] places = new long[Math.toIntExact(before + size + after)];
    Arrays.setAll(
        places,
        i -> {
          long place = i - before;
          return switch (mode) {
            case "edge" -> Math.max(0, Math.min(size - 1, place));
            case "reflect" -> {
              long back = Math.abs(place);
              yield back < size ? back : 2 * (size - 1) - back;
            }
            case "wrap" -> Math.floorMod(place, size);
            default -> throw call.refused("the mode " + mode + " is not supported");
          };
        });
    return places;
  }
}
