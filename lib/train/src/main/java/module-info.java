/** Trains image classifiers. Begin at {@link dev.graft.train.Trainer}. */
@SuppressWarnings("requires-automatic") // jars with no more than a name
module graft.train {
  requires transitive graft.evaluate;
  requires ai.djl.api;
  requires ai.djl.pytorch_engine;
  requires com.google.gson;
  requires com.google.protobuf;
  requires com.microsoft.onnxruntime;
  requires org.tribuo.util.onnx;

  exports dev.graft.augment;
  exports dev.graft.backbone;
  exports dev.graft.optimize;
  exports dev.graft.quantize;
  exports dev.graft.recipe;
  exports dev.graft.train;

  opens dev.graft.backbone to
      com.google.gson; // a backbone's card
  opens dev.graft.fit to
      com.google.gson; // a checkpoint's progress
  opens dev.graft.recipe to
      com.google.gson; // and its epochs
}
