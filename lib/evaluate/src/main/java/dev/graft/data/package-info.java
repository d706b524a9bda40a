/**
 * Folders of labelled photos, of one label a photo or several. Start at {@link
 * dev.graft.data.LabeledFolder}, what Keras calls {@code flow_from_directory} and {@code
 * flow_from_dataframe}.
 */
package dev.graft.data;
