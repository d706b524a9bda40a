/**
 * Labelled photos, and how good a model is on them; needs no training framework. Begin at {@link
 * dev.graft.data.LabeledFolder} and {@link dev.graft.evaluate.Evaluator}.
 */
@SuppressWarnings("requires-automatic") // a jar with no more than a name
module graft.evaluate {
  requires transitive graft.serve;
  requires com.drew.metadata;

  exports dev.graft.data;
  exports dev.graft.evaluate;
}
