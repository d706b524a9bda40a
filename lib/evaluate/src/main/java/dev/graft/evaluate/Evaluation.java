package dev.graft.evaluate;

import dev.graft.data.Skipped;
import java.util.List;

/**
 * What a model made of labelled photos: of one label a photo, or of several. Which of the two, the
 * model's task says.
 */
public sealed interface Evaluation permits SingleLabelEvaluation, MultiLabelEvaluation {

  /** The smallest probability that enters a log loss, so that it is finite. */
  double LEAST_PROBABILITY = 1e-15;

  /** Photos classified; those that failed are not among them. */
  int n();

  /** The loss, in nats; 0 is perfect. */
  double logLoss();

  /** The model's classes or labels in its order. */
  List<String> classes();

  /** Photos that could not be classified, and why. */
  List<Skipped> failures();
}
