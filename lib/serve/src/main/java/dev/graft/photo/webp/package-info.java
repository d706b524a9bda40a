/**
 * WebP files: lossy (VP8) and lossless (VP8L) pictures. Start at {@link
 * dev.graft.photo.webp.WebpDecoder}. Internal: {@link dev.graft.photo.PhotoReader} is the way in.
 */
package dev.graft.photo.webp;
