package dev.graft.train;

import java.util.Arrays;
import java.util.Random;

/** Damages files as disks, copies and people do. */
public final class Mutants {

  private Mutants() {}

  /** Damages a copy in one of many ways; never the bytes that were given. */
  public static byte[] of(byte[] whole, Random random) {
    byte[] damaged;
    do {
      damaged = damage(whole.clone(), random);
    } while (Arrays.equals(whole, damaged));
    return damaged;
  }

  private static byte[] damage(byte[] bytes, Random random) {
    int from = random.nextInt(bytes.length);
    int to = Math.min(bytes.length, from + 1 + random.nextInt(64));
    switch (random.nextInt(8)) {
      case 0 -> bytes[from] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[from] = (byte) random.nextInt(256);
      case 2 -> bytes[from] = (byte) "0123456789{}[],:\".-eE ".charAt(random.nextInt(22));
      case 3 -> Arrays.fill(bytes, from, to, (byte) 0);
      case 4 -> {
        return Arrays.copyOf(bytes, from); // cut
      }
      case 5 -> System.arraycopy(bytes, random.nextInt(from + 1), bytes, from, to - from);
      case 6 -> {
        return spliced(bytes, from, new byte[0], to); // a part is missing
      }
      default -> {
        byte[] more = new byte[random.nextInt(64)];
        random.nextBytes(more);
        return spliced(bytes, from, more, from);
      }
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int end, byte[] middle, int begin) {
    byte[] all = Arrays.copyOf(bytes, end + middle.length + bytes.length - begin);
    System.arraycopy(middle, 0, all, end, middle.length);
    System.arraycopy(bytes, begin, all, end + middle.length, bytes.length - begin);
    return all;
  }
}
