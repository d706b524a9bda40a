/**
 * Reads photos and runs Graft models on ONNX Runtime. Begin at {@link dev.graft.serve.Classifier}.
 *
 * <p>Packages that are exported to Graft's own modules alone may change at any time.
 */
@SuppressWarnings({"module", "requires-automatic"}) // modules above; jars with no more than a name
module graft.serve {
  requires transitive java.desktop; // BufferedImage
  requires com.google.gson;
  requires com.microsoft.onnxruntime;
  requires com.twelvemonkeys.imageio.tiff;

  exports dev.graft.device;
  exports dev.graft.error;
  exports dev.graft.model;
  exports dev.graft.photo;
  exports dev.graft.photo.spi;
  exports dev.graft.serve;
  exports dev.graft.engine to
      graft.evaluate,
      graft.train;
  exports dev.graft.file to
      graft.evaluate,
      graft.train;
  exports dev.graft.protobuf to
      graft.train;
  exports dev.graft.shutdown to
      graft.train;

  opens dev.graft.model to
      com.google.gson; // the metrics in a checkpoint

  uses dev.graft.photo.spi.ScaledJpegDecoder;
}
