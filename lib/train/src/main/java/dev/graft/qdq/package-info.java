/**
 * Smaller and faster graphs: int8 in QDQ form (QuantizeLinear, DequantizeLinear) and half-precision
 * weights. Start at {@link dev.graft.qdq.Quantizer}. Internal.
 */
package dev.graft.qdq;
