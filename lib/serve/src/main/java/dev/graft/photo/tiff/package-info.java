/**
 * TIFF files, whose pictures may be stored in a dozen ways. Start at {@link
 * dev.graft.photo.tiff.TiffDecoder}. Internal: {@link dev.graft.photo.PhotoReader} is the way in.
 */
package dev.graft.photo.tiff;
