package dev.graft.error;

/**
 * What kind of failure a {@link GraftException} is, for programs; its message is for people. Later
 * versions may know more kinds: a {@code switch} needs a {@code default}.
 */
public enum ErrorCode {
  /** There is no such file or folder. */
  FILE_NOT_FOUND,
  /** The system does not let it be read, it is of another kind, or it changed while it was read. */
  FILE_UNREADABLE,
  /** Java may take too little memory for this file or work. */
  OUT_OF_MEMORY,

  /** The bytes are those of something else: a text, a video, a file of no known format. */
  NOT_A_PHOTO,
  /** A truncated or damaged photo, or an empty file. */
  UNREADABLE_PHOTO,
  /** A photo in a format, or a variant of one, that Graft does not read. */
  UNSUPPORTED_PHOTO,
  /** A photo of more pixels or bytes than the limit. */
  PHOTO_TOO_LARGE,

  /** No ONNX file, or one that was not made by Graft. */
  NOT_A_MODEL,
  /** A truncated or damaged model file, or one that another tool has changed. */
  MODEL_DAMAGED,
  /** A model file that a newer Graft has made. */
  MODEL_TOO_NEW,
  /** A model that cannot be quantised, or not once more. */
  CANNOT_QUANTIZE,
  /** ONNX Runtime cannot load or run it, or what it computes is no answer. */
  INFERENCE_FAILED,
  /** An ONNX file that cannot be a backbone. */
  NOT_A_BACKBONE,

  /** Labelled photos that are not laid out as expected, or too few. */
  UNUSABLE_DATA,
  /** The same photo is in more than one of the sets that are to be kept apart. */
  OVERLAPPING_DATA,
  /** Training cannot go on, or its result cannot be trusted. */
  TRAINING_FAILED,
  /** Weights have grown beyond all numbers. */
  DIVERGED,
  /** A checkpoint that is damaged, old or of another training. */
  UNUSABLE_CHECKPOINT
}
