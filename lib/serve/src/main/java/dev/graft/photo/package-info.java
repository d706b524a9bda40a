/**
 * From the bytes of a photo to its pixels. Start at {@link dev.graft.photo.PhotoReader}: it is the
 * one way in which training, evaluation and serving see a photo, so that they cannot differ.
 *
 * <p>bytes, format by content, size check before decoding, decoding, EXIF orientation, RGB, resize.
 */
package dev.graft.photo;
