/**
 * What an artifact implements to decode photos in place of the decoders here. Start at {@link
 * dev.graft.photo.spi.ScaledJpegDecoder}.
 */
package dev.graft.photo.spi;
