/**
 * Model files made smaller and faster, and what that costs. Start at {@link
 * dev.graft.quantize.ModelQuantizer}:
 *
 * <pre>{@code
 * ModelQuantizer quantizer = ModelQuantizer.of(Path.of("flowers.onnx"));
 * try (Classifier before = Classifier.open(Path.of("flowers.onnx"))) {
 *   CalibrationPhotos photos = CalibrationPhotos.of(before, folder, listOfPhotos);
 *   QuantizedModel small =
 *       quantizer.int8(photos.toCalibrate(CalibrationPhotos.USUAL), WeightRange.AUTO);
 *   ModelComparison cost = small.compare(before, photos.others());
 *   small.write(Path.of("small.onnx"), false);
 * }
 * }</pre>
 */
package dev.graft.quantize;
