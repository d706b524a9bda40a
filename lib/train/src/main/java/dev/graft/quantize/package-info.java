/**
 * Smaller and faster graphs: int8 in QDQ form (QuantizeLinear, DequantizeLinear) and half-precision
 * weights. Begin reading at {@link dev.graft.quantize.Quantizer}.
 */
package dev.graft.quantize;
