package dev.graft.photo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.decode.DecodedPhoto;
import dev.graft.photo.spi.ScaledJpegDecoder;
import org.junit.jupiter.api.Test;

/** How small a photo may be decoded, and where its parts lie then. */
class ReductionTest {

  private static int reduction(Resize.Fit fit, int w, int h) {
    return new Resize(100, 100, fit, Resize.Filter.BILINEAR).reduction(w, h);
  }

  @Test
  void leavesTheFilterTwoAndAHalfTimesTheTarget() {
    assertEquals(1, reduction(Resize.Fit.STRETCH, 499, 4000));
    assertEquals(2, reduction(Resize.Fit.STRETCH, 500, 4000));
    assertEquals(2, reduction(Resize.Fit.STRETCH, 4000, 999));
    assertEquals(4, reduction(Resize.Fit.STRETCH, 1000, 1000));
    assertEquals(8, reduction(Resize.Fit.STRETCH, 2000, 2000));
    assertEquals(8, reduction(Resize.Fit.STRETCH, 60_000, 60_000));
    assertEquals(1, reduction(Resize.Fit.STRETCH, 50, 50));
  }

  @Test
  void goesByThePartThatIsSeenAndTheSizeItIsBroughtTo() {
    // The middle 500 x 500 becomes 100 x 100; the whole, 100 x 13.
    assertEquals(2, reduction(Resize.Fit.CROP, 4000, 500));
    assertEquals(8, reduction(Resize.Fit.PAD, 4000, 500));
    assertEquals(
        2, new Resize(400, 100, Resize.Fit.CROP, Resize.Filter.LANCZOS).reduction(2000, 2000));
  }

  @Test
  void keepsAllPixelsForTheNearestNeighbour() {
    assertEquals(
        1, new Resize(10, 10, Resize.Fit.STRETCH, Resize.Filter.NEAREST).reduction(4000, 4000));
  }

  @Test
  void findsThePartOfAPhotoThatFillsItsLastSampleOnlyInPart() {
    // 30 x 17 pixels in 4 x 3 samples of 8 x 8: 2 pixels at the right and 7 at the bottom are not
    // there.
    byte[] samples = new byte[4 * 3];
    Resampler.Box whole = new Resampler.Box(0, 0, 30, 17);
    assertEquals(
        new Resampler.Box(0, 0, 3.75f, 2.125f),
        whole.inSamplesOf(DecodedPhoto.reduced(30, 17, 8, 1, samples, 1)));
    assertEquals(
        new Resampler.Box(0.25f, 0.875f, 4, 3),
        whole.inSamplesOf(DecodedPhoto.reduced(30, 17, 8, 1, samples, 3)));
    DecodedPhoto turned = DecodedPhoto.reduced(30, 17, 8, 1, samples, 6);
    assertEquals(17, turned.fullUprightWidth());
    assertEquals(3, turned.uprightWidth());
    assertEquals(
        new Resampler.Box(0.875f, 0, 3, 3.75f),
        new Resampler.Box(0, 0, 17, 30).inSamplesOf(turned));
  }

  @Test
  void hasNoDecoderInThisModule() {
    assertTrue(ScaledJpegDecoder.installed().isEmpty());
    assertEquals("exact", PhotoReader.create().decoding());
  }
}
