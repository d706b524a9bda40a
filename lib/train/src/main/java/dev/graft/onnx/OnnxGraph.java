package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.graft.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An ONNX model as an immutable value: every method that changes something returns another graph.
 *
 * <p>What a file holds beyond what is visible here is kept: reading and writing loses nothing.
 * Equal graphs give equal bytes. Thread-safe.
 */
public final class OnnxGraph {

  private final ModelProto model;

  /** Found when it is first needed; by two threads at once, the same twice. */
  private volatile Index index;

  OnnxGraph(ModelProto model) {
    this.model = model;
  }

  /**
   * Reads a model file.
   *
   * @throws OnnxException if it is no ONNX model, is damaged, or keeps its weights in other files
   */
  public static OnnxGraph read(Path file) throws IOException {
    return parse(readBytes(file), file.toString());
  }

  /**
   * Reads a model file without looking into it.
   *
   * @throws OnnxException if it cannot be read
   */
  public static byte[] readBytes(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new OnnxException(ErrorCode.FILE_NOT_FOUND, file.toString(), "no such file", e);
    } catch (OutOfMemoryError e) {
      throw new OnnxException(
          ErrorCode.OUT_OF_MEMORY,
          file.toString(),
          "too large to be read (%d bytes); give Java more memory, as in java -Xmx4g"
              .formatted(Files.size(file)),
          e);
    } catch (IOException e) {
      throw new OnnxException(
          ErrorCode.FILE_UNREADABLE, file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Reads a model from memory.
   *
   * @param bytes a whole model file
   * @param name what messages call it
   * @throws OnnxException if it is no ONNX model, is damaged, or keeps its weights in other files
   */
  public static OnnxGraph parse(byte[] bytes, String name) throws OnnxException {
    return parse(ByteBuffer.wrap(bytes), name);
  }

  /** The same with the bytes that are left in a buffer. */
  public static OnnxGraph parse(ByteBuffer bytes, String name) throws OnnxException {
    ModelProto model;
    int length = bytes.remaining();
    try {
      model = ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new OnnxException(
          ErrorCode.NOT_A_MODEL,
          name,
          "not an ONNX model, or a truncated or damaged one (" + e.getMessage() + ")",
          e);
    }
    if (!model.hasIrVersion() || !model.hasGraph()) {
      throw new OnnxException(
          ErrorCode.NOT_A_MODEL,
          name,
          "not an ONNX model, or a truncated one (expected an IR version and a graph, found %d"
                  .formatted(length)
              + " bytes without)");
    }
    if (model.getOpsetImportCount() == 0) {
      throw new OnnxException(
          ErrorCode.MODEL_DAMAGED, name, "truncated ONNX model (it names no operator set)");
    }
    String complaint = GraphCheck.complaint(model.getGraph());
    if (complaint != null) {
      throw new OnnxException(ErrorCode.MODEL_DAMAGED, name, "damaged ONNX model: " + complaint);
    }
    return new OnnxGraph(model);
  }

  /**
   * What is known of the tensors by their names.
   *
   * @param declared what the file says of them, outputs before others before inputs
   */
  private record Index(Set<String> tensors, Map<String, ValueInfoProto> declared) {

    static Index of(GraphProto graph) {
      Map<String, ValueInfoProto> declared = new HashMap<>();
      for (List<ValueInfoProto> values :
          List.of(graph.getOutputList(), graph.getValueInfoList(), graph.getInputList())) {
        values.forEach(value -> declared.putIfAbsent(value.getName(), value));
      }
      return new Index(GraphNames.tensors(graph), declared);
    }
  }

  private Index index() {
    Index found = index;
    if (found == null) {
      found = Index.of(model.getGraph());
      index = found;
    }
    return found;
  }

  ModelProto model() {
    return model;
  }

  /** This file with another graph in it. */
  OnnxGraph withGraph(GraphProto graph) {
    return new OnnxGraph(model.toBuilder().setGraph(graph).build());
  }

  /** Starts an empty graph of opset 17, IR version 8. */
  public static OnnxGraphBuilder builder(String name) {
    return builder(name, OnnxGraphBuilder.OPSET);
  }

  /**
   * Starts an empty graph of another opset, IR version 8: to be joined to a graph of that opset.
   *
   * @param opset at least 1; the operators must mean there what they should
   */
  public static OnnxGraphBuilder builder(String name, int opset) {
    return new OnnxGraphBuilder(name, opset);
  }

  /**
   * Starts from this graph without its nodes: for whoever writes them anew, changed or not. What
   * the new ones do not need is left out in the end.
   */
  public OnnxGraphBuilder withoutNodes() {
    return new OnnxGraphBuilder(model);
  }

  /** The file that holds this graph. */
  public byte[] toBytes() {
    return model.toByteArray();
  }

  public String name() {
    return model.getGraph().getName();
  }

  /** The version of ONNX's own operators that it uses, 0 if it uses none. */
  public int opset() {
    return opsets().getOrDefault("", 0L).intValue();
  }

  /** The versions of the operator sets by domain, ONNX's own as "". */
  Map<String, Long> opsets() {
    Map<String, Long> opsets = new LinkedHashMap<>();
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      String domain = opset.getDomain().equals("ai.onnx") ? "" : opset.getDomain();
      opsets.put(domain, opset.getVersion());
    }
    return opsets;
  }

  public int irVersion() {
    return Math.toIntExact(model.getIrVersion());
  }

  /** The program that made the file and its version, such as "pytorch 2.8.0"; may be empty. */
  public String producer() {
    return (model.getProducerName() + " " + model.getProducerVersion()).strip();
  }

  /** What a caller feeds: without the initializers, which old files list among the inputs. */
  public List<TensorInfo> inputs() {
    Set<String> constants = initializers().keySet();
    return model.getGraph().getInputList().stream()
        .filter(input -> !constants.contains(input.getName()))
        .map(TensorInfo::of)
        .toList();
  }

  public List<TensorInfo> outputs() {
    return model.getGraph().getOutputList().stream().map(TensorInfo::of).toList();
  }

  /** Its operations, each after those whose results it reads. */
  public List<OnnxNode> nodes() {
    return model.getGraph().getNodeList().stream().map(OnnxNode::new).toList();
  }

  /** Its constants by name, in the file's order. */
  public Map<String, Initializer> initializers() {
    Map<String, Initializer> initializers = new LinkedHashMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      initializers.put(tensor.getName(), new Initializer(tensor));
    }
    return Collections.unmodifiableMap(initializers);
  }

  /** What the file says about itself ({@code metadata_props}). */
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (StringStringEntryProto entry : model.getMetadataPropsList()) {
      metadata.put(entry.getKey(), entry.getValue());
    }
    return Collections.unmodifiableMap(metadata);
  }

  /** With these entries added to its metadata, in place of those of the same keys. */
  public OnnxGraph withMetadata(Map<String, String> entries) {
    Map<String, String> all = new TreeMap<>(metadata());
    all.putAll(entries);
    ModelProto.Builder changed = model.toBuilder().clearMetadataProps();
    all.forEach(
        (key, value) ->
            changed.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return new OnnxGraph(changed.build());
  }

  /** Without the entries of its metadata whose keys begin so. */
  public OnnxGraph withoutMetadata(String prefix) {
    ModelProto.Builder changed = model.toBuilder().clearMetadataProps();
    for (StringStringEntryProto entry : model.getMetadataPropsList()) {
      if (!entry.getKey().startsWith(prefix)) {
        changed.addMetadataProps(entry);
      }
    }
    return new OnnxGraph(changed.build());
  }

  /**
   * What is needed to compute one tensor, and nothing else. If the file does not say the tensor's
   * shape, the cut does not either: ONNX Runtime runs it, onnx.checker wants one, which {@link
   * #withOutputs} can give.
   *
   * @param tensor an intermediate result or an output
   * @param outputName the name that the only output then has
   * @throws IllegalArgumentException if there is no such tensor; the message lists similar names
   */
  public OnnxGraph cut(String tensor, String outputName) {
    return Pruning.cut(this, tensor, outputName);
  }

  /**
   * The tensors that every path from the inputs to the outputs goes through, in the order of the
   * paths: the places where the graph can be taken apart into {@link #cut} and {@link #after}. A
   * graph of one input begins with it, and one of one output ends with it. Paths through the
   * operators Shape and Size do not count: they carry no values, and {@link #after} does without.
   */
  public List<String> cutPoints() {
    return new DataFlow(model.getGraph())
        .cutPoints(inputs().stream().map(TensorInfo::name).toList());
  }

  /**
   * These tensors and all that is computed from their values. What depends on their shapes alone,
   * through the operators Shape and Size, is not counted.
   */
  public Set<String> computedFrom(Collection<String> tensors) {
    return new DataFlow(model.getGraph()).from(tensors);
  }

  /**
   * The part of the graph above a tensor, the complement of {@link #cut}: the same outputs,
   * computed from the tensor as the only input, as far as the file declares it (a float tensor of
   * unknown shape where it does not).
   *
   * @throws IllegalArgumentException as {@link #after(TensorInfo)}
   */
  public OnnxGraph after(String tensor) {
    return after(tensor(tensor));
  }

  /**
   * The part of the graph above a tensor: the same outputs, computed from that tensor as the only
   * input. Where the part asks for the shape of a tensor that it has no more, it gets the declared
   * one; where that has the first dimension of the graph's input, such as N, the tensor must be
   * declared to begin with it.
   *
   * @param cutPoint one of {@link #cutPoints}, with the type and shape that the input then declares
   * @throws IllegalArgumentException if there is no such tensor (the message lists similar names),
   *     if a path to an output does not go through it, or if it is an output itself; if the file
   *     does not declare a shape that is asked for
   */
  public OnnxGraph after(TensorInfo cutPoint) {
    requireTensor(cutPoint.name());
    UpperPart part = new UpperPart(this, model.getGraph(), cutPoint);
    OnnxGraph above = withGraph(part.build()).withOutputs(outputs().toArray(TensorInfo[]::new));
    return withGraph(part.withShapes(above.model.getGraph()));
  }

  /**
   * Without the nodes of an operator that only passes its first input on, such as Dropout at
   * inference, and without what only they need.
   *
   * @throws IllegalArgumentException if such a node makes an output of the graph
   */
  public OnnxGraph without(String operator) {
    return Pruning.without(this, operator);
  }

  /**
   * With these tensors as its outputs, and without what none of them needs.
   *
   * @throws IllegalArgumentException if there is no tensor of such a name; the message lists
   *     similar names
   */
  public OnnxGraph withOutputs(TensorInfo... outputs) {
    return Pruning.outputs(this, outputs);
  }

  /**
   * This graph, and then another that reads this one's only output as its only input. The outputs
   * are those of the other. A name of the other that exists here too gets the other graph's name in
   * front, {@code head/weight}; where it is that of an output, the name here gets this graph's.
   * Metadata of both are kept, the other's where both have a key.
   *
   * @throws IllegalArgumentException if this has not one output, the other not one input, this an
   *     input and the other an output of the same name, or they use different versions of an
   *     operator set
   */
  public OnnxGraph then(OnnxGraph next) {
    return Joining.join(this, next);
  }

  /**
   * With these numbers in place of the initializers' own, shapes as they are.
   *
   * @param values by the initializer's name, last dimension fastest
   * @throws IllegalArgumentException if there is no initializer of floats of such a name and size
   */
  public OnnxGraph withInitializers(Map<String, float[]> values) {
    Set<String> missing = new LinkedHashSet<>(values.keySet());
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      Initializer old = new Initializer(graph.getInitializer(i));
      float[] numbers = values.get(old.name());
      if (numbers != null) {
        if (old.type() != ElementType.FLOAT) {
          throw new IllegalArgumentException(old + " takes no floats");
        }
        graph.setInitializer(i, Initializer.tensor(old.name(), old.shape(), numbers));
        missing.remove(old.name());
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "no initializer is called " + missing + " in the graph " + name());
    }
    return withGraph(graph.build());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OnnxGraph graph && model.equals(graph.model);
  }

  @Override
  public int hashCode() {
    return model.hashCode();
  }

  @Override
  public String toString() {
    return "%s: %s -> %s, %d nodes"
        .formatted(name(), inputs(), outputs(), model.getGraph().getNodeCount());
  }

  /**
   * What the file declares of one of its tensors: where it says nothing, floats of unknown shape.
   *
   * @throws IllegalArgumentException if there is no such tensor; the message lists similar names
   */
  public TensorInfo tensor(String tensor) {
    requireTensor(tensor);
    ValueInfoProto declared = index().declared().get(tensor);
    if (declared != null) {
      return TensorInfo.of(declared);
    }
    Initializer constant = initializers().get(tensor);
    return constant == null
        ? new TensorInfo(tensor, ElementType.FLOAT, Shape.UNKNOWN)
        : new TensorInfo(
            tensor, constant.type(), Shape.of(Arrays.stream(constant.shape()).boxed().toArray()));
  }

  void requireTensor(String tensor) {
    Set<String> known = index().tensors();
    if (!known.contains(tensor)) {
      throw new IllegalArgumentException(
          "no tensor is called \"%s\" in the graph %s; the nearest names are %s"
              .formatted(tensor, name(), GraphNames.nearest(tensor, known)));
    }
  }

  /**
   * With these types and shapes of its tensors in place of what it declares of them: of inputs,
   * outputs, and others. A place to cut at, or to ask for the shape of.
   *
   * @throws IllegalArgumentException if there is no tensor of such a name; the message lists
   *     similar names
   */
  public OnnxGraph declaring(Collection<TensorInfo> tensors) {
    Map<String, ValueInfoProto> declared = new LinkedHashMap<>();
    for (TensorInfo tensor : tensors) {
      requireTensor(tensor.name());
      declared.put(tensor.name(), tensor.proto());
    }
    GraphProto.Builder graph = model.getGraph().toBuilder();
    Set<String> ends = new HashSet<>();
    for (int i = 0; i < graph.getInputCount(); i++) {
      ends.add(graph.getInput(i).getName());
      graph.setInput(i, declared.getOrDefault(graph.getInput(i).getName(), graph.getInput(i)));
    }
    for (int i = 0; i < graph.getOutputCount(); i++) {
      ends.add(graph.getOutput(i).getName());
      graph.setOutput(i, declared.getOrDefault(graph.getOutput(i).getName(), graph.getOutput(i)));
    }
    graph.clearValueInfo();
    for (ValueInfoProto value : model.getGraph().getValueInfoList()) {
      if (!declared.containsKey(value.getName())) {
        graph.addValueInfo(value);
      }
    }
    declared.forEach(
        (name, value) -> {
          if (!ends.contains(name)) {
            graph.addValueInfo(value);
          }
        });
    return withGraph(graph.build());
  }

  /**
   * For a batch of any size, as far as exporters that took the batch for a constant wrote its size
   * down: a Reshape to a shape that begins with it begins with -1 or 0 instead, and a constant that
   * is joined to what comes from the input is repeated for each row. Whether that is all is for a
   * run to tell.
   *
   * @param batch the size that the first dimension of the input is declared with
   * @param values of {@link #writtenForOneBatch}
   */
  public OnnxGraph withFreeBatch(long batch, Map<String, Initializer> values) {
    return withGraph(new FreeBatch(this, model.getGraph()).free(batch, values));
  }

  /** The tensors whose values tell where the size of a batch is written down. */
  public Set<String> writtenForOneBatch() {
    return new FreeBatch(this, model.getGraph()).tensors();
  }

  /**
   * Without what it declares of its intermediate tensors: for a graph that is about to be fed
   * otherwise than it was made for.
   */
  public OnnxGraph declaringNothing() {
    return withGraph(model.getGraph().toBuilder().clearValueInfo().build());
  }
}
