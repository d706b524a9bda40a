package dev.graft.photo.decode;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Encoded bytes for a reader of ImageIO, which tells whether it has asked for more than there is.
 */
public final class EncodedInput extends ImageInputStreamImpl {

  private final byte[] bytes;
  private final int end;
  private int timesEnded;

  public EncodedInput(byte[] bytes) {
    this(bytes, bytes.length);
  }

  /**
   * @param end how many of the bytes there are for the reader
   */
  public EncodedInput(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  /** How often the reader has found no byte left. */
  public int timesEnded() {
    return timesEnded;
  }

  /**
   * As if endless: readers compare it with the picture's size, by ratios that good files exceed.
   */
  @Override
  public long length() {
    return Long.MAX_VALUE;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    checkClosed();
    bitOffset = 0;
    if (streamPos >= end) {
      timesEnded++;
      return -1;
    }
    int n = (int) Math.min(length, end - streamPos);
    System.arraycopy(bytes, (int) streamPos, target, offset, n);
    streamPos += n;
    return n;
  }
}
