/**
 * The formats of photos, from bytes to samples as they are stored. Start at {@link
 * dev.graft.photo.decode.PhotoFormat}, then {@link dev.graft.photo.decode.JpegDecoder}. Internal:
 * {@link dev.graft.photo.PhotoReader} is the way in.
 */
package dev.graft.photo.decode;
