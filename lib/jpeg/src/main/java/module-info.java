/** Decodes large JPEGs small at once; {@code graft.serve} finds it where it is installed. */
module graft.jpeg {
  requires graft.serve;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.leptonica;

  provides dev.graft.photo.spi.ScaledJpegDecoder with
      dev.graft.jpeg.LeptonicaDecoder;
}
