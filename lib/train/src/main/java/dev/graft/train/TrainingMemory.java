package dev.graft.train;

import java.util.stream.LongStream;

/**
 * How much of Java's heap a training takes at its height, so that it is refused before the work
 * where it would fail after it. What PyTorch and ONNX Runtime take is not in the heap.
 *
 * @param backbone bytes of the frozen layers, which stay in memory
 * @param features bytes of the rows of training and validation photos
 * @param later bytes of the rows of test photos, which are computed when all is learnt
 * @param remembers whether all rows stay until the end, for the folds of a cross-validation
 * @param spanned rows whose span is found; 0 where there is no basis
 * @param projected rows that have coordinates in it
 * @param learning bytes of the weights that learn: in the span those for its coordinates
 * @param weights bytes of the weights that are exported
 * @param copies of the weights that learn: moments of the optimiser, best weights and so on
 * @param rounded whether weights are stored in fewer bits
 */
record TrainingMemory(
    long backbone,
    long features,
    long later,
    boolean remembers,
    long spanned,
    long projected,
    long learning,
    long weights,
    int copies,
    boolean rounded) {

  /** Classes, buffers, the photos' names and what is not worth counting. */
  private static final long BASE = 24L << 20;

  /** Photos that are being read. */
  private static final long READING = 64L << 20;

  /** What live data may take of the heap: the garbage collector needs room to find garbage. */
  private static final double USABLE = 0.8;

  /** Bytes of live data at the height. */
  long live() {
    long matrix = spanned * spanned;
    long basis = 4 * matrix + 4 * spanned * projected; // triangle and coordinates
    int inGraph = rounded ? 4 : 3; // numbers, their bytes and a graph that has copied these
    return BASE
        + backbone
        + LongStream.of(
                backbone + features + READING,
                features + 16 * matrix, // Gram matrix, its factor and the triangle
                features + basis + (2 + copies) * learning, // a graph, and the state after an epoch
                features + basis + learning * (spanned == 0 ? 1 : 2) + inGraph * weights,
                weights + later + READING + (remembers ? features : 0),
                weights + 2 * (backbone + weights)) // a graph, its bytes and a layer's numbers
            .max()
            .getAsLong();
  }

  /** Bytes that the heap must have. */
  long heap() {
    return (long) (live() / USABLE);
  }
}
