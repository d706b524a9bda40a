package dev.graft.evaluate;

/**
 * How a model does on one class. A ratio whose denominator is 0 is 0, as in scikit-learn.
 *
 * @param label the class
 * @param precision share of the photos given this label that have it, 0..1
 * @param recall share of the photos that have this label that were given it, 0..1
 * @param f1 harmonic mean of the two
 * @param support number of photos that have this label
 */
public record ClassMetrics(String label, double precision, double recall, double f1, int support) {}
