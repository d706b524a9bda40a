/**
 * Classifies photos with a model file. Start at {@link dev.graft.serve.Classifier}; {@link
 * dev.graft.serve.BatchClassifier} is for archives of them.
 *
 * <pre>{@code
 * try (Classifier classifier = Classifier.open(Path.of("flowers.onnx"))) {
 *   Prediction prediction = classifier.classify(Path.of("rose.jpg"));
 *   prediction.best().label(); // "roses"
 * }
 * }</pre>
 */
package dev.graft.serve;
