/**
 * Learns to classify the photos of a folder and exports what was learnt as one ONNX file. Start at
 * {@link dev.graft.train.Trainer}.
 *
 * <pre>{@code
 * Trainer.on(LabeledFolder.open(Path.of("photos")))
 *     .backbone(Backbones.efficientNetLite0())
 *     .fineTune(FineTuning.from("block15"))
 *     .cache(Trainer.usualCache())
 *     .train()
 *     .exportOnnx(Path.of("photos.onnx"));
 * }</pre>
 *
 * <p>A {@link dev.graft.recipe.Head} learns on the features of a frozen backbone: photo, pixels,
 * features (ONNX Runtime, once, cached), logits (DJL). With {@link dev.graft.recipe.FineTuning} the
 * layers above a seam of the backbone learn on with it. Both stages train ONNX graphs, whose nodes
 * DJL carries out, so the trained weights go back where they came from and the graph is exported as
 * it was trained. {@link dev.graft.recipe.Hyperparameters} say how. After each epoch a checkpoint
 * holds all that a stopped training needs to end with the same bits.
 */
package dev.graft.train;
