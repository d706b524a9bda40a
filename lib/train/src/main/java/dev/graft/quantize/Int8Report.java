package dev.graft.quantize;

import dev.graft.model.QuantizationInfo;
import java.util.Objects;

/**
 * How an int8 model came about.
 *
 * @param info what its file says
 * @param int8Layers how many layers compute with integers; those that do not are in {@code info}
 * @param signalToNoise of the logits on the photos that were held out, in decibels, not rounded as
 *     in {@code info}: their mean square over that of their error
 * @param heldOut how many photos those were
 */
public record Int8Report(QuantizationInfo info, int int8Layers, double signalToNoise, int heldOut) {

  public Int8Report {
    Objects.requireNonNull(info, "info");
  }
}
