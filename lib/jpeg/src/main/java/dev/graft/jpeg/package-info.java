/**
 * Decodes large JPEGs small at once, with a native library. Nothing here is called by name: an
 * application puts graft-jpeg on its class path, and {@link dev.graft.photo.PhotoReader} finds
 * {@link dev.graft.jpeg.LeptonicaDecoder} there.
 */
package dev.graft.jpeg;
