package dev.graft.fit;

import java.nio.FloatBuffer;

/**
 * What a network is trained on or measured with: inputs of one shape, and what they should give.
 */
public interface Examples {

  /** The shape of one input, without the batch's axis. */
  long[] shape();

  Targets targets();

  /**
   * Copies inputs, one after the other.
   *
   * @param examples which ones
   * @param epoch from 1: an augmented photo looks different in each; 0 for the photo as it is
   */
  void copy(int[] examples, int epoch, FloatBuffer into);

  default int n() {
    return targets().n();
  }
}
