package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorAnnotation;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

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

  private OnnxGraph(ModelProto model) {
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
      throw new OnnxException(file.toString(), "no such file", e);
    } catch (OutOfMemoryError e) {
      throw new OnnxException(
          file.toString(),
          "too large to be read (%d bytes); give Java more memory, as in java -Xmx4g"
              .formatted(Files.size(file)),
          e);
    } catch (IOException e) {
      throw new OnnxException(file.toString(), "cannot be read (" + e.getMessage() + ")", e);
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
          name, "not an ONNX model, or a truncated or damaged one (" + e.getMessage() + ")", e);
    }
    if (!model.hasIrVersion() || !model.hasGraph()) {
      throw new OnnxException(
          name,
          "not an ONNX model, or a truncated one (expected an IR version and a graph, found %d"
                  .formatted(length)
              + " bytes without)");
    }
    if (model.getOpsetImportCount() == 0) {
      throw new OnnxException(name, "truncated ONNX model (it names no operator set)");
    }
    String complaint = complaint(model.getGraph());
    if (complaint != null) {
      throw new OnnxException(name, "damaged ONNX model: " + complaint);
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
      return new Index(OnnxGraph.tensors(graph), declared);
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

  /** Starts an empty graph of opset 17, IR version 8. */
  public static Builder builder(String name) {
    return builder(name, Builder.OPSET);
  }

  /**
   * Starts an empty graph of another opset, IR version 8: to be joined to a graph of that opset.
   *
   * @param opset at least 1; the operators must mean there what they should
   */
  public static Builder builder(String name, int opset) {
    return new Builder(name, opset);
  }

  /**
   * Starts from this graph without its nodes: for whoever writes them anew, changed or not. What
   * the new ones do not need is left out in the end.
   */
  public Builder withoutNodes() {
    return new Builder(model);
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
    return opsets(model).getOrDefault("", 0L).intValue();
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
        .map(OnnxGraph::info)
        .toList();
  }

  public List<TensorInfo> outputs() {
    return model.getGraph().getOutputList().stream().map(OnnxGraph::info).toList();
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
    OnnxGraph pruned = withOutputs(tensor(tensor));
    if (outputName.equals(tensor)) {
      return pruned;
    }
    GraphProto graph = pruned.model.getGraph();
    if (names(graph).contains(outputName)) {
      throw new IllegalArgumentException(
          "the cut at %s cannot be called %s: a tensor has that name already"
              .formatted(tensor, outputName));
    }
    GraphProto.Builder renamed =
        graph.toBuilder()
            .addNode(
                NodeProto.newBuilder()
                    .setName(outputName)
                    .setOpType("Identity")
                    .addInput(tensor)
                    .addOutput(outputName))
            .setOutput(0, graph.getOutput(0).toBuilder().setName(outputName));
    if (graph.getValueInfoList().stream().noneMatch(value -> value.getName().equals(tensor))) {
      renamed.addValueInfo(graph.getOutput(0));
    }
    return new OnnxGraph(model.toBuilder().setGraph(renamed).build());
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
   * @param seam one of {@link #cutPoints}, with the type and shape that the input then declares
   * @throws IllegalArgumentException if there is no such tensor (the message lists similar names),
   *     if a path to an output does not go through it, or if it is an output itself; if the file
   *     does not declare a shape that is asked for
   */
  public OnnxGraph after(TensorInfo seam) {
    requireTensor(seam.name());
    UpperPart part = new UpperPart(this, model.getGraph(), seam);
    OnnxGraph above =
        new OnnxGraph(model.toBuilder().setGraph(part.build()).build())
            .withOutputs(outputs().toArray(TensorInfo[]::new));
    return new OnnxGraph(
        model.toBuilder().setGraph(part.withShapes(above.model.getGraph())).build());
  }

  /**
   * Without the nodes of an operator that only passes its first input on, such as Dropout at
   * inference, and without what only they need.
   *
   * @throws IllegalArgumentException if such a node makes an output of the graph
   */
  public OnnxGraph without(String operator) {
    Map<String, String> passed = new HashMap<>();
    GraphProto.Builder rest = model.getGraph().toBuilder().clearNode();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (new OnnxNode(node).domain().isEmpty() && node.getOpType().equals(operator)) {
        String from = node.getInput(0);
        passed.put(node.getOutput(0), passed.getOrDefault(from, from));
      } else {
        NodeProto.Builder kept = node.toBuilder();
        for (int i = 0; i < kept.getInputCount(); i++) {
          kept.setInput(i, passed.getOrDefault(kept.getInput(i), kept.getInput(i)));
        }
        rest.addNode(kept);
      }
    }
    for (TensorInfo output : outputs()) {
      if (passed.containsKey(output.name())) {
        throw new IllegalArgumentException(
            "the graph %s cannot do without %s: it makes the output %s"
                .formatted(name(), operator, output.name()));
      }
    }
    return new OnnxGraph(model.toBuilder().setGraph(rest).build())
        .withOutputs(outputs().toArray(TensorInfo[]::new));
  }

  /**
   * With these tensors as its outputs, and without what none of them needs.
   *
   * @throws IllegalArgumentException if there is no tensor of such a name; the message lists
   *     similar names
   */
  public OnnxGraph withOutputs(TensorInfo... outputs) {
    GraphProto graph = model.getGraph();
    Set<String> needed = new HashSet<>();
    for (TensorInfo output : outputs) {
      requireTensor(output.name());
      needed.add(output.name());
    }
    List<NodeProto> kept = new ArrayList<>();
    for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
      NodeProto node = graph.getNode(i);
      if (node.getOutputList().stream().anyMatch(needed::contains)) {
        kept.add(node);
        collectReads(node, needed);
      }
    }
    Collections.reverse(kept);
    GraphProto.Builder pruned =
        graph.toBuilder()
            .clearNode()
            .addAllNode(kept)
            .clearInput()
            .clearInitializer()
            .clearSparseInitializer()
            .clearOutput()
            .clearValueInfo()
            .clearQuantizationAnnotation();
    Set<String> present = new HashSet<>(needed);
    kept.forEach(node -> present.addAll(node.getOutputList()));
    for (ValueInfoProto input : graph.getInputList()) {
      if (needed.contains(input.getName())) {
        pruned.addInput(input);
      }
    }
    for (TensorProto tensor : graph.getInitializerList()) {
      if (needed.contains(tensor.getName())) {
        pruned.addInitializer(tensor);
      }
    }
    for (SparseTensorProto tensor : graph.getSparseInitializerList()) {
      if (needed.contains(tensor.getValues().getName())) {
        pruned.addSparseInitializer(tensor);
      }
    }
    Set<String> outputNames = new HashSet<>();
    for (TensorInfo output : outputs) {
      outputNames.add(output.name());
      pruned.addOutput(valueInfo(output));
    }
    for (ValueInfoProto value : graph.getValueInfoList()) {
      if (present.contains(value.getName()) && !outputNames.contains(value.getName())) {
        pruned.addValueInfo(value);
      }
    }
    for (TensorAnnotation annotation : graph.getQuantizationAnnotationList()) {
      if (present.contains(annotation.getTensorName())) {
        pruned.addQuantizationAnnotation(annotation);
      }
    }
    return new OnnxGraph(model.toBuilder().setGraph(pruned).build());
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
    if (outputs().size() != 1 || next.inputs().size() != 1) {
      throw new IllegalArgumentException(
          "graphs are joined at one tensor: expected one output of %s and one input of %s, found %s"
                  .formatted(name(), next.name(), outputs())
              + " and "
              + next.inputs());
    }
    TensorInfo entry = next.inputs().get(0);
    OnnxGraph freed =
        freeing(
            next.outputs().stream()
                .map(TensorInfo::name)
                .filter(name -> !name.equals(entry.name())) // passed on, under its name here
                .toList());
    TensorInfo seam = freed.outputs().get(0);
    if (seam.type() != entry.type()) {
      throw new IllegalArgumentException(
          "cannot join %s of %s to %s of %s".formatted(seam, name(), entry, next.name()));
    }
    Map<String, Long> opsets = new LinkedHashMap<>(opsets(model));
    opsets(next.model)
        .forEach(
            (domain, version) -> {
              Long ours = opsets.putIfAbsent(domain, version);
              if (ours != null && !ours.equals(version)) {
                throw new IllegalArgumentException(
                    "cannot join %s of opset %d to %s of opset %d; convert one of them with"
                            .formatted(name(), ours, next.name(), version)
                        + " onnx.version_converter");
              }
            });
    GraphProto first = freed.model.getGraph();
    GraphProto second = next.renamedFor(first, seam.name(), entry.name());
    GraphProto.Builder joined =
        first.toBuilder()
            .clearOutput()
            .addAllNode(second.getNodeList())
            .addAllInitializer(second.getInitializerList())
            .addAllSparseInitializer(second.getSparseInitializerList())
            .addAllOutput(second.getOutputList())
            .addAllValueInfo(second.getValueInfoList())
            .addAllQuantizationAnnotation(second.getQuantizationAnnotationList());
    if (next.outputs().stream().noneMatch(output -> output.name().equals(entry.name()))) {
      joined.addValueInfo(first.getOutput(0)); // an output declares itself
    }
    for (ValueInfoProto input : second.getInputList()) {
      if (!input.getName().equals(seam.name())) {
        joined.addInput(input);
      }
    }
    ModelProto.Builder both =
        model.toBuilder()
            .setIrVersion(Math.max(model.getIrVersion(), next.model.getIrVersion()))
            .clearOpsetImport()
            .setGraph(joined)
            .addAllFunctions(next.model.getFunctionsList());
    opsets.forEach(
        (domain, version) ->
            both.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
    return new OnnxGraph(both.build()).withMetadata(next.metadata());
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
    return new OnnxGraph(model.toBuilder().setGraph(graph).build());
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
      return info(declared);
    }
    Initializer constant = initializers().get(tensor);
    return constant == null
        ? new TensorInfo(tensor, ElementType.FLOAT, Shape.UNKNOWN)
        : new TensorInfo(
            tensor, constant.type(), Shape.of(Arrays.stream(constant.shape()).boxed().toArray()));
  }

  private void requireTensor(String tensor) {
    Set<String> known = index().tensors();
    if (!known.contains(tensor)) {
      throw new IllegalArgumentException(
          "no tensor is called \"%s\" in the graph %s; the nearest names are %s"
              .formatted(tensor, name(), nearest(tensor, known)));
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
      declared.put(tensor.name(), valueInfo(tensor));
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
    return new OnnxGraph(model.toBuilder().setGraph(graph).build());
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
    return new OnnxGraph(
        model.toBuilder()
            .setGraph(new FreeBatch(this, model.getGraph()).free(batch, values))
            .build());
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
    return new OnnxGraph(
        model.toBuilder().setGraph(model.getGraph().toBuilder().clearValueInfo()).build());
  }

  /** With other names for what is called so here, but for its inputs. */
  private OnnxGraph freeing(Collection<String> wanted) {
    GraphProto graph = model.getGraph();
    Set<String> own = names(graph);
    Map<String, String> renamed = new HashMap<>();
    for (String name : wanted) {
      if (own.contains(name) && inputs().stream().noneMatch(input -> input.name().equals(name))) {
        String fresh = graph.getName() + "/" + name;
        while (own.contains(fresh) || wanted.contains(fresh)) {
          fresh = graph.getName() + "/" + fresh;
        }
        renamed.put(name, fresh);
      }
    }
    return renamed.isEmpty()
        ? this
        : new OnnxGraph(
            model.toBuilder()
                .setGraph(rename(graph, name -> renamed.getOrDefault(name, name)))
                .build());
  }

  /** This graph with its input named as the seam, and its other names unlike those of first. */
  private GraphProto renamedFor(GraphProto first, String seam, String entry) {
    GraphProto graph = model.getGraph();
    Set<String> taken = names(first);
    for (TensorInfo output : outputs()) {
      if (taken.contains(output.name()) && !output.name().equals(entry)) {
        throw new IllegalArgumentException(
            "the output %s of %s is also the name of a tensor or node of %s; give it another name"
                .formatted(output.name(), graph.getName(), first.getName()));
      }
    }
    Set<String> own = names(graph);
    own.remove(entry);
    Map<String, String> renamed = new HashMap<>();
    renamed.put(entry, seam);
    for (String name : own) {
      if (taken.contains(name)) {
        String fresh = graph.getName() + "/" + name;
        while (taken.contains(fresh) || own.contains(fresh)) {
          fresh = graph.getName() + "/" + fresh;
        }
        renamed.put(name, fresh);
      }
    }
    return rename(graph, name -> renamed.getOrDefault(name, name));
  }

  private static GraphProto rename(GraphProto graph, UnaryOperator<String> to) {
    GraphProto.Builder changed = graph.toBuilder();
    changed.getInputBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    changed.getOutputBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    changed.getValueInfoBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    changed.getInitializerBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    for (SparseTensorProto.Builder tensor : changed.getSparseInitializerBuilderList()) {
      tensor.getValuesBuilder().setName(to.apply(tensor.getValues().getName()));
    }
    for (TensorAnnotation.Builder annotation : changed.getQuantizationAnnotationBuilderList()) {
      annotation.setTensorName(to.apply(annotation.getTensorName()));
      annotation
          .getQuantParameterTensorNamesBuilderList()
          .forEach(entry -> entry.setValue(to.apply(entry.getValue())));
    }
    for (NodeProto.Builder node : changed.getNodeBuilderList()) {
      node.setName(to.apply(node.getName()));
      List<String> inputs = node.getInputList().stream().map(to).toList();
      List<String> outputs = node.getOutputList().stream().map(to).toList();
      node.clearInput().addAllInput(inputs).clearOutput().addAllOutput(outputs);
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.hasG()) {
          attribute.setG(rename(attribute.getG(), to));
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
          attribute.setGraphs(i, rename(attribute.getGraphs(i), to));
        }
      }
    }
    return changed.build();
  }

  /** The names of everything in a graph and in the graphs inside its nodes; a new set. */
  static Set<String> names(OnnxGraph graph) {
    return names(graph.model.getGraph());
  }

  /** The same. */
  static Set<String> names(GraphProto graph) {
    Set<String> names = tensors(graph);
    graph.getValueInfoList().forEach(value -> names.add(value.getName()));
    for (NodeProto node : graph.getNodeList()) {
      names.add(node.getName());
      subgraphs(node).forEach(inner -> names.addAll(names(inner)));
    }
    names.remove("");
    return names;
  }

  /** The names of the tensors that a graph makes or is given. */
  static Set<String> tensors(GraphProto graph) {
    Set<String> tensors = new LinkedHashSet<>();
    graph.getInputList().forEach(value -> tensors.add(value.getName()));
    graph.getInitializerList().forEach(tensor -> tensors.add(tensor.getName()));
    graph.getSparseInitializerList().forEach(tensor -> tensors.add(tensor.getValues().getName()));
    graph.getNodeList().forEach(node -> tensors.addAll(node.getOutputList()));
    tensors.remove("");
    return tensors;
  }

  static void collectReads(NodeProto node, Set<String> into) {
    into.addAll(node.getInputList());
    for (GraphProto inner : subgraphs(node)) {
      inner.getNodeList().forEach(step -> collectReads(step, into));
      inner.getOutputList().forEach(output -> into.add(output.getName()));
    }
  }

  private static List<GraphProto> subgraphs(NodeProto node) {
    List<GraphProto> graphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        graphs.add(attribute.getG());
      }
      graphs.addAll(attribute.getGraphsList());
    }
    return graphs;
  }

  /** What is wrong with a graph, or null. */
  private static String complaint(GraphProto graph) {
    Set<String> known = new HashSet<>();
    graph.getInputList().forEach(input -> known.add(input.getName()));
    for (TensorProto tensor : graph.getInitializerList()) {
      String complaint = Initializer.complaint(tensor);
      if (complaint != null) {
        return complaint;
      }
      known.add(tensor.getName());
    }
    graph.getSparseInitializerList().forEach(tensor -> known.add(tensor.getValues().getName()));
    known.add("");
    for (NodeProto node : graph.getNodeList()) {
      for (String input : node.getInputList()) {
        if (!known.contains(input)) {
          return new OnnxNode(node) + " reads " + input + ", which nothing before it makes";
        }
      }
      for (String output : node.getOutputList()) {
        if (!known.add(output) && !output.isEmpty()) {
          return output + " is made twice, the second time by the " + new OnnxNode(node);
        }
      }
    }
    if (graph.getOutputCount() == 0) {
      return "it has no output";
    }
    for (ValueInfoProto output : graph.getOutputList()) {
      if (!known.contains(output.getName())) {
        return "nothing makes its output " + output.getName();
      }
    }
    return null;
  }

  private static Map<String, Long> opsets(ModelProto model) {
    Map<String, Long> opsets = new LinkedHashMap<>();
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      String domain = opset.getDomain().equals("ai.onnx") ? "" : opset.getDomain();
      opsets.put(domain, opset.getVersion());
    }
    return opsets;
  }

  private static TensorInfo info(ValueInfoProto value) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    if (!tensor.hasShape()) {
      return new TensorInfo(value.getName(), ElementType.of(tensor.getElemType()), Shape.UNKNOWN);
    }
    List<Shape.Dim> dims = new ArrayList<>();
    for (TensorShapeProto.Dimension dim : tensor.getShape().getDimList()) {
      if (dim.hasDimValue() && dim.getDimValue() >= 0) {
        dims.add(new Shape.Dim(null, dim.getDimValue()));
      } else {
        dims.add(new Shape.Dim(dim.hasDimParam() ? dim.getDimParam() : "?", -1));
      }
    }
    return new TensorInfo(value.getName(), ElementType.of(tensor.getElemType()), new Shape(dims));
  }

  static ValueInfoProto valueInfo(TensorInfo info) {
    if (info.type() == ElementType.OTHER) {
      return ValueInfoProto.newBuilder().setName(info.name()).build();
    }
    TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(info.type().code());
    if (!info.shape().equals(Shape.UNKNOWN)) {
      TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
      for (Shape.Dim dim : info.shape().dims()) {
        if (dim.symbol() == null) {
          shape.addDimBuilder().setDimValue(dim.size());
        } else if (dim.symbol().equals("?")) {
          shape.addDimBuilder();
        } else {
          shape.addDimBuilder().setDimParam(dim.symbol());
        }
      }
      tensor.setShape(shape);
    }
    return ValueInfoProto.newBuilder()
        .setName(info.name())
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static List<String> nearest(String wanted, Collection<String> names) {
    Map<String, Integer> distances =
        names.stream().collect(Collectors.toMap(name -> name, name -> distance(wanted, name)));
    return names.stream().sorted(Comparator.comparing(distances::get)).limit(5).toList();
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  /** Builds a graph; nodes in the order in which they compute. */
  public static final class Builder {

    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private final ModelProto model;
    private final GraphProto.Builder graph;
    private final boolean prune;

    private Builder(String name, int opset) {
      model =
          ModelProto.newBuilder()
              .setIrVersion(IR_VERSION)
              .setProducerName("graft")
              .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
              .buildPartial();
      graph = GraphProto.newBuilder().setName(name);
      prune = false;
    }

    private Builder(ModelProto model) {
      this.model = model;
      graph = model.getGraph().toBuilder().clearNode();
      prune = true;
    }

    /**
     * Adds what a caller feeds.
     *
     * @param dims each a name (String) or a size (Integer, Long)
     */
    public Builder input(String name, ElementType type, Object... dims) {
      graph.addInput(valueInfo(new TensorInfo(name, type, Shape.of(dims))));
      return this;
    }

    /**
     * Names a result that a caller gets.
     *
     * @param dims each a name (String) or a size (Integer, Long)
     */
    public Builder output(String name, ElementType type, Object... dims) {
      graph.addOutput(valueInfo(new TensorInfo(name, type, Shape.of(dims))));
      return this;
    }

    /** Says the shape of an intermediate result: a place to cut the graph at. */
    public Builder value(String name, ElementType type, Object... dims) {
      graph.addValueInfo(valueInfo(new TensorInfo(name, type, Shape.of(dims))));
      return this;
    }

    /**
     * Adds a constant of floats.
     *
     * @param shape empty for a scalar
     * @param values last dimension fastest
     */
    public Builder initializer(String name, long[] shape, float... values) {
      graph.addInitializer(Initializer.tensor(name, shape, values));
      return this;
    }

    /**
     * Adds a constant of whole numbers, stored as INT64.
     *
     * @param shape empty for a scalar
     * @param values last dimension fastest
     */
    public Builder initializer(String name, long[] shape, long... values) {
      graph.addInitializer(Initializer.tensor(name, shape, values));
      return this;
    }

    /** Adds a constant. */
    public Builder initializer(Initializer constant) {
      graph.addInitializer(constant.proto());
      return this;
    }

    /** Adds an operation with one result, which names the node too. */
    public Builder node(
        String operator, List<String> inputs, String output, Attribute... attributes) {
      return node(output, operator, inputs, List.of(output), attributes);
    }

    /** Adds an operation. */
    public Builder node(
        String name,
        String operator,
        List<String> inputs,
        List<String> outputs,
        Attribute... attributes) {
      NodeProto.Builder node =
          NodeProto.newBuilder()
              .setName(name)
              .setOpType(operator)
              .addAllInput(inputs)
              .addAllOutput(outputs);
      for (Attribute attribute : attributes) {
        node.addAttribute(proto(attribute));
      }
      graph.addNode(node);
      return this;
    }

    /** Adds an operation like another, under its name and with its attributes. */
    public Builder node(OnnxNode like, List<String> inputs, List<String> outputs) {
      graph.addNode(
          like.proto().toBuilder()
              .clearInput()
              .addAllInput(inputs)
              .clearOutput()
              .addAllOutput(outputs));
      return this;
    }

    /**
     * The finished graph.
     *
     * @throws IllegalStateException if a node reads what nothing before it makes, two make the
     *     same, or there is no output
     */
    public OnnxGraph build() {
      String complaint = complaint(graph.build());
      if (complaint != null) {
        throw new IllegalStateException("graph " + graph.getName() + ": " + complaint);
      }
      OnnxGraph built = new OnnxGraph(model.toBuilder().setGraph(graph).build());
      return prune ? built.withOutputs(built.outputs().toArray(TensorInfo[]::new)) : built;
    }

    private static AttributeProto proto(Attribute attribute) {
      AttributeProto.Builder proto = AttributeProto.newBuilder().setName(attribute.name());
      if (attribute instanceof Attribute.Int number) {
        proto.setType(AttributeType.INT).setI(number.value());
      } else if (attribute instanceof Attribute.Real number) {
        proto.setType(AttributeType.FLOAT).setF(number.value());
      } else if (attribute instanceof Attribute.Text text) {
        proto.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(text.value()));
      } else if (attribute instanceof Attribute.Ints numbers) {
        proto.setType(AttributeType.INTS).addAllInts(numbers.values());
      }
      return proto.build();
    }
  }
}
