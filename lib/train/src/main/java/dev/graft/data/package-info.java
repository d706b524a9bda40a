/**
 * Folders of labelled photos. Start at {@link dev.graft.data.LabeledFolder}, what Keras calls
 * {@code flow_from_directory}.
 */
package dev.graft.data;
