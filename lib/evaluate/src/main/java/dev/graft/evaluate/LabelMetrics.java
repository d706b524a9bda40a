package dev.graft.evaluate;

/**
 * How a multi-label model does on one label. A ratio whose denominator is 0 is 0, as in
 * scikit-learn.
 *
 * @param precision share of the photos given this label that have it, 0..1
 * @param recall share of the photos that have this label that were given it, 0..1
 * @param f1 harmonic mean of the two
 * @param averagePrecision over all thresholds, 0..1; null where no photo has the label
 * @param support number of photos that have this label
 * @param threshold the probability from which on the model gives this label
 */
public record LabelMetrics(
    String label,
    double precision,
    double recall,
    double f1,
    Double averagePrecision,
    int support,
    double threshold) {}
