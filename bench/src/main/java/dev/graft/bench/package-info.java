/**
 * JMH benchmarks of reading and classifying photos. They run by hand only, see {@code
 * bench/README.md}; begin at {@link dev.graft.bench.ClassificationBenchmark}.
 */
package dev.graft.bench;
