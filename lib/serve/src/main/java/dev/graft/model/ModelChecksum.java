package dev.graft.model;

import dev.graft.protobuf.ProtobufFields;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The checksum at the end of a model file: its last entry of {@code metadata_props}, over all bytes
 * before it, so over the graph, the weights and the rest of the metadata. It finds damage, not
 * malice.
 *
 * <p>CRC-32 and no cryptographic hash: Java has it in machine code from its first use, where
 * SHA-256 takes a hundred times as long in a process that has just started.
 */
final class ModelChecksum {

  private static final int DIGITS = 8;

  /** What follows the digits: a quotation mark and a brace. */
  private static final int AFTER_DIGITS = 2;

  static final int LENGTH = entry(0).length;

  private ModelChecksum() {}

  /** What is written behind the bytes of a model of this CRC-32. */
  static byte[] entry(int crc) {
    byte[] key = ModelBytes.CHECKSUM.getBytes(StandardCharsets.US_ASCII);
    byte[] value = "{\"crc32\":\"%08x\"}".formatted(crc).getBytes(StandardCharsets.US_ASCII);
    // A StringStringEntryProto of key and value; each length takes one byte.
    return ByteBuffer.allocate(6 + key.length + value.length)
        .put((byte) (OnnxMetadata.METADATA_PROPS << 3 | ProtobufFields.LENGTH_DELIMITED))
        .put((byte) (4 + key.length + value.length))
        .put((byte) (1 << 3 | ProtobufFields.LENGTH_DELIMITED))
        .put((byte) key.length)
        .put(key)
        .put((byte) (2 << 3 | ProtobufFields.LENGTH_DELIMITED))
        .put((byte) value.length)
        .put(value)
        .array();
  }

  /**
   * Whether bytes are an entry, or what damage has left of one: a wrong byte in the key must not
   * turn a file with a checksum into one without.
   */
  static boolean resembles(byte[] end) {
    if (end.length < LENGTH) {
      return false;
    }
    byte[] entry = entry(0);
    int fixed = 0;
    int same = 0;
    for (int i = 0; i < LENGTH; i++) {
      if (i < LENGTH - AFTER_DIGITS - DIGITS || i >= LENGTH - AFTER_DIGITS) {
        fixed++;
        same += entry[i] == end[i] ? 1 : 0;
      }
    }
    return 2 * same > fixed;
  }
}
