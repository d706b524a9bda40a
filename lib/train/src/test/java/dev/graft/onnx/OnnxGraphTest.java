package dev.graft.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxGraphTest {

  /** y = relu(x w + b), probabilities = softmax(y). */
  private static OnnxGraph dense() {
    return OnnxGraph.builder("dense")
        .input("x", ElementType.FLOAT, "N", 2)
        .initializer("w", new long[] {2, 3}, 1f, 2f, 3f, 4f, 5f, 6f)
        .initializer("b", new long[] {3}, -6f, 0f, 0.5f)
        .node("product", "MatMul", List.of("x", "w"), List.of("xw"))
        .node("Add", List.of("xw", "b"), "sum")
        .node("Relu", List.of("sum"), "y")
        .value("y", ElementType.FLOAT, "N", 3)
        .node("Softmax", List.of("y"), "probabilities", Attribute.of("axis", -1))
        .output("probabilities", ElementType.FLOAT, "N", 3)
        .build();
  }

  private static ModelProto proto(OnnxGraph graph) throws InvalidProtocolBufferException {
    return ModelProto.parseFrom(graph.toBytes());
  }

  private static String rejected(byte[] bytes) {
    return assertThrows(OnnxException.class, () -> OnnxGraph.parse(bytes, "my.onnx")).getMessage();
  }

  private static String rejected(ModelProto.Builder model) {
    return rejected(model.build().toByteArray());
  }

  @Test
  void tellsWhatIsInIt() {
    OnnxGraph graph = dense();
    assertEquals(17, graph.opset());
    assertEquals(8, graph.irVersion());
    assertEquals(List.of(new TensorInfo("x", ElementType.FLOAT, Shape.of("N", 2))), graph.inputs());
    assertEquals("[probabilities FLOAT [N, 3]]", graph.outputs().toString());
    assertEquals(List.of("w", "b"), List.copyOf(graph.initializers().keySet()));
    assertArrayEquals(new long[] {2, 3}, graph.initializers().get("w").shape());
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, graph.initializers().get("w").floats());
    OnnxNode product = graph.nodes().get(0);
    assertEquals("product", product.name());
    assertEquals("MatMul", product.opType());
    assertEquals(List.of("x", "w"), product.inputs());
    assertEquals(List.of("xw"), product.outputs());
    assertEquals(-1, graph.nodes().get(3).intAttribute("axis", 7));
    assertEquals(7, graph.nodes().get(3).intAttribute("other", 7));
  }

  @Test
  void anAttributeOfAnotherTypeIsNotRead() {
    OnnxNode softmax = dense().nodes().get(3);
    assertThrows(IllegalStateException.class, () -> softmax.floatAttribute("axis", 0));
  }

  @Test
  void equalContentGivesEqualBytes() throws OnnxException {
    assertArrayEquals(dense().toBytes(), dense().toBytes());
    assertEquals(dense(), OnnxGraph.parse(dense().toBytes(), "dense"));
    assertArrayEquals(
        dense().withMetadata(Map.of("a", "1")).withMetadata(Map.of("b", "2")).toBytes(),
        dense().withMetadata(Map.of("b", "2")).withMetadata(Map.of("a", "1")).toBytes());
  }

  @Test
  void readingAndWritingLosesNothing() throws Exception {
    ModelProto.Builder model = proto(dense()).toBuilder();
    model.setProducerName("someone").setProducerVersion("3").setDocString("doc").setModelVersion(5);
    model.getGraphBuilder().setDocString("graph").getNodeBuilder(0).setDocString("node");
    model.setUnknownFields(
        UnknownFieldSet.newBuilder()
            .addField(
                4711,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("from the future"))
                    .build())
            .build());
    byte[] bytes = model.build().toByteArray();
    OnnxGraph graph = OnnxGraph.parse(bytes, "foreign.onnx");
    assertArrayEquals(bytes, graph.toBytes());
    ModelProto changed = proto(graph.withMetadata(Map.of("k", "v")));
    assertEquals(
        model
            .addMetadataProps(StringStringEntryProto.newBuilder().setKey("k").setValue("v"))
            .build(),
        changed);
  }

  @Test
  void readsInitializersHoweverTheyAreStored() throws Exception {
    ModelProto.Builder model = proto(dense()).toBuilder();
    TensorProto floats =
        TensorProto.newBuilder()
            .setName("b")
            .setDataType(1)
            .addDims(3)
            .addAllFloatData(List.of(7f, 8f, 9f))
            .build();
    TensorProto ints =
        TensorProto.newBuilder()
            .setName("i")
            .setDataType(6)
            .addDims(2)
            .setRawData(
                ByteString.copyFrom(
                    ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(-1)
                        .putInt(70000)
                        .array()))
            .build();
    TensorProto longs =
        TensorProto.newBuilder()
            .setName("l")
            .setDataType(7)
            .addDims(2)
            .addAllInt64Data(List.of(-5L, 1L << 40))
            .build();
    model.getGraphBuilder().setInitializer(1, floats).addInitializer(ints).addInitializer(longs);
    Map<String, Initializer> read =
        OnnxGraph.parse(model.build().toByteArray(), "m").initializers();
    assertArrayEquals(new float[] {7, 8, 9}, read.get("b").floats());
    assertArrayEquals(new long[] {-1, 70000}, read.get("i").longs());
    assertArrayEquals(new long[] {-5, 1L << 40}, read.get("l").longs());
    assertThrows(IllegalStateException.class, () -> read.get("l").floats());
    assertThrows(IllegalStateException.class, () -> read.get("b").longs());
  }

  @Test
  void initializersListedAmongTheInputsAreNotInputs() throws Exception {
    ModelProto.Builder model = proto(dense()).toBuilder();
    model.getGraphBuilder().addInputBuilder().setName("w");
    OnnxGraph graph = OnnxGraph.parse(model.build().toByteArray(), "old.onnx");
    assertEquals(List.of("x"), graph.inputs().stream().map(TensorInfo::name).toList());
  }

  @Test
  void aCutKeepsOnlyWhatTheTensorNeeds() throws OrtException {
    OnnxGraph graph = dense().withMetadata(Map.of("k", "v"));
    OnnxGraph cut = graph.cut("xw", "xw");
    assertEquals(List.of("w"), List.copyOf(cut.initializers().keySet()));
    assertEquals(1, cut.nodes().size());
    assertEquals(Map.of("k", "v"), cut.metadata());
    assertArrayEquals(
        new float[] {9, 12, 15}, OrtRun.floats(cut, new float[] {1, 2}, 1, 2).get("xw"));
  }

  @Test
  void aCutCanRenameItsOutput() throws OrtException {
    OnnxGraph cut = dense().cut("y", "features");
    assertEquals("[features FLOAT [N, 3]]", cut.outputs().toString());
    assertArrayEquals(
        new float[] {3, 12, 15.5f}, OrtRun.floats(cut, new float[] {1, 2}, 1, 2).get("features"));
    // The name it had stays: it can be cut there again.
    assertEquals("[y FLOAT [N, 3]]", cut.cut("y", "y").outputs().toString());
    // The name of something that the cut leaves out is free.
    assertEquals("probabilities", dense().cut("y", "probabilities").outputs().get(0).name());
    assertThrows(IllegalArgumentException.class, () -> dense().cut("y", "sum"));
  }

  @Test
  void aCutAtAnUnknownTensorNamesTheNearest() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> dense().cut("probabilitys", "f"));
    assertTrue(
        e.getMessage().startsWith("no tensor is called \"probabilitys\" in the graph dense"),
        e.getMessage());
    assertTrue(e.getMessage().contains("are [probabilities, "), e.getMessage());
  }

  /** Two branches that meet; the second depends on the shape of what is before them. */
  private static OnnxGraph branches() {
    return OnnxGraph.builder("branches")
        .input("x", ElementType.FLOAT, "N", 2, 3)
        .initializer("bias", new long[] {3}, 1f, 2f, 3f)
        .initializer("ends", new long[] {2}, 0, -1)
        .node("Relu", List.of("x"), "stem")
        .value("stem", ElementType.FLOAT, "N", 2, 3)
        .node("Shape", List.of("stem"), "shape")
        .node("Gather", List.of("shape", "ends"), "rows_and_columns")
        .node("Exp", List.of("stem"), "left")
        .node("Add", List.of("stem", "bias"), "right")
        .node("Mul", List.of("left", "right"), "met")
        .value("met", ElementType.FLOAT, "N", 2, 3)
        .node("ReduceMax", List.of("met"), "most", Attribute.ints("axes", 1))
        .node("Reshape", List.of("most", "rows_and_columns"), "table")
        .node("Identity", List.of("bias"), "same_bias")
        .node("Sub", List.of("table", "same_bias"), "y")
        .output("y", ElementType.FLOAT, "N", 3)
        .build();
  }

  @Test
  void cutPointsAreTheTensorsThatEveryPathGoesThrough() {
    assertEquals(List.of("x", "stem", "met", "most", "table", "y"), branches().cutPoints());
    assertEquals(List.of("x", "xw", "sum", "y", "probabilities"), dense().cutPoints());
    // A path to the second output does not go through the first.
    OnnxGraph both =
        dense()
            .withOutputs(
                new TensorInfo("sum", ElementType.FLOAT, Shape.of("N", 3)),
                new TensorInfo("probabilities", ElementType.FLOAT, Shape.of("N", 3)));
    assertEquals(List.of("x", "xw", "sum"), both.cutPoints());
  }

  @Test
  void cutAndAfterAreTheTwoPartsOfAGraph() throws OrtException {
    float[] input = {-1, 2, 0.5f, 3, -2, 1, 0, 0.1f, 0.2f, -5, 2, 1};
    float[] whole = OrtRun.floats(branches(), input, 2, 2, 3).get("y");
    for (String tensor : List.of("x", "stem", "met")) {
      OnnxGraph above = branches().after(tensor);
      assertEquals(List.of(branches().tensor(tensor)), above.inputs());
      assertEquals(branches().outputs(), above.outputs());
      OnnxGraph joined = branches().cut(tensor, tensor).then(above);
      assertArrayEquals(whole, OrtRun.floats(joined, input, 2, 2, 3).get("y"), tensor);
    }
    // The declared shape of stem, with the rows of met, in place of the Shape node.
    OnnxGraph above = branches().after("met");
    assertFalse(above.cutPoints().contains("stem"));
    assertEquals(List.of("x", "xw", "sum", "y"), dense().cutPoints().subList(0, 4));
    float[] part = OrtRun.floats(above, new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3).get("y");
    assertArrayEquals(new float[] {3, 3, 3}, part);
  }

  @Test
  void aPartThatNeedsMoreThanItsTensorIsRefused() {
    assertEquals(
        "the graph branches cannot be taken apart at left: the Mul node \"met\" that makes [met]"
            + " also reads right, which does not come from it",
        assertThrows(IllegalArgumentException.class, () -> branches().after("left")).getMessage());
    assertEquals(
        "the graph branches cannot be taken apart at y: the output y is not computed from it",
        assertThrows(IllegalArgumentException.class, () -> branches().after("y")).getMessage());
    // Undeclared, "most" need not begin with N, which the Reshape above it asks for.
    String message =
        assertThrows(IllegalArgumentException.class, () -> branches().after("most")).getMessage();
    assertTrue(message.contains("most FLOAT [...] does not begin with it"), message);
    OnnxGraph above =
        branches().after(new TensorInfo("most", ElementType.FLOAT, Shape.of("N", 1, 3)));
    assertEquals("[most FLOAT [N, 1, 3]]", above.inputs().toString());
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> branches().after("met_"))
            .getMessage()
            .contains("nearest names are [met, "));
  }

  @Test
  void outputsCanBeAdded() throws OrtException {
    OnnxGraph both =
        dense()
            .withOutputs(
                new TensorInfo("y", ElementType.FLOAT, Shape.of("N", 3)),
                new TensorInfo("sum", ElementType.FLOAT, Shape.of("N", 3)));
    Map<String, float[]> outputs = OrtRun.floats(both, new float[] {0, 0}, 1, 2);
    assertArrayEquals(new float[] {0, 0, 0.5f}, outputs.get("y"));
    assertArrayEquals(new float[] {-6, 0, 0.5f}, outputs.get("sum"));
    assertEquals(3, both.nodes().size());
  }

  /** out = x * 2, with names that also occur in dense(). */
  private static OnnxGraph doubling(String input, String output) {
    return OnnxGraph.builder("doubling")
        .input(input, ElementType.FLOAT, "N", 3)
        .initializer("w", new long[0], 2f)
        .node("Mul", List.of(input, "w"), "sum")
        .node("Identity", List.of("sum"), output)
        .output(output, ElementType.FLOAT, "N", 3)
        .build()
        .withMetadata(Map.of("k", "second", "l", "2"));
  }

  @Test
  void joinedGraphsComputeOneAfterTheOther() throws OrtException {
    OnnxGraph first = dense().cut("y", "y").withMetadata(Map.of("k", "first", "j", "1"));
    OnnxGraph joined = first.then(doubling("x", "out"));
    assertArrayEquals(
        new float[] {6, 24, 31}, OrtRun.floats(joined, new float[] {1, 2}, 1, 2).get("out"));
    assertEquals("[x FLOAT [N, 2]]", joined.inputs().toString());
    // Names that both have are told apart, the others are as they were.
    assertEquals(List.of("w", "b", "doubling/w"), List.copyOf(joined.initializers().keySet()));
    assertEquals(
        List.of("xw", "sum", "y", "doubling/sum", "out"),
        joined.nodes().stream().map(node -> node.outputs().get(0)).toList());
    assertEquals(Map.of("j", "1", "k", "second", "l", "2"), joined.metadata());
    // What was the joint can be cut at.
    assertEquals("[y FLOAT [N, 3]]", joined.cut("y", "y").outputs().toString());
  }

  @Test
  void anOutputKeepsItsNameWhereTheGraphBeforeItUsesIt() throws OrtException {
    OnnxGraph joined = dense().cut("y", "y").then(doubling("x", "xw"));
    assertEquals("[xw FLOAT [N, 3]]", joined.outputs().toString());
    assertEquals(
        List.of("dense/xw", "sum", "y", "doubling/sum", "xw"),
        joined.nodes().stream().map(node -> node.outputs().get(0)).toList());
    assertArrayEquals(
        new float[] {6, 24, 31}, OrtRun.floats(joined, new float[] {1, 2}, 1, 2).get("xw"));
    OnnxGraph again = dense().cut("y", "y").then(doubling("x", "y"));
    assertArrayEquals(
        new float[] {6, 24, 31}, OrtRun.floats(again, new float[] {1, 2}, 1, 2).get("y"));
  }

  @Test
  void graphsOfAnyOpsetCanBeBuiltAndJoined() throws OrtException {
    for (int opset : new int[] {11, 13, 21}) {
      OnnxGraph first =
          OnnxGraph.builder("first", opset)
              .input("x", ElementType.FLOAT, "N", 2)
              .node("Relu", List.of("x"), "y")
              .output("y", ElementType.FLOAT, "N", 2)
              .build();
      assertEquals(opset, first.opset());
      OnnxGraph second =
          OnnxGraph.builder("second", opset)
              .input("x", ElementType.FLOAT, "N", 2)
              .node("Flatten", List.of("x"), "out")
              .output("out", ElementType.FLOAT, "N", 2)
              .build();
      assertArrayEquals(
          new float[] {0, 2},
          OrtRun.floats(first.then(second), new float[] {-1, 2}, 1, 2).get("out"));
    }
  }

  @Test
  void declaredShapesCanBeReplaced() throws OrtException {
    OnnxGraph fixed =
        dense()
            .declaring(
                List.of(
                    new TensorInfo("x", ElementType.FLOAT, Shape.of(4, 2)),
                    new TensorInfo("y", ElementType.FLOAT, Shape.of(4, 3)),
                    new TensorInfo("sum", ElementType.FLOAT, Shape.of(4, 3)),
                    new TensorInfo("probabilities", ElementType.FLOAT, Shape.of(4, "C"))));
    assertEquals("[x FLOAT [4, 2]]", fixed.inputs().toString());
    assertEquals("[probabilities FLOAT [4, C]]", fixed.outputs().toString());
    assertEquals("sum FLOAT [4, 3]", fixed.tensor("sum").toString());
    assertEquals("y FLOAT [...]", fixed.declaringNothing().tensor("y").toString());
    assertEquals("w FLOAT [2, 3]", fixed.tensor("w").toString());
    assertEquals(12, OrtRun.floats(fixed, new float[8], 4, 2).get("probabilities").length);
  }

  @Test
  void aBatchThatIsWrittenIntoAGraphIsFreed() throws OrtException {
    OnnxGraph fixed =
        OnnxGraph.builder("g")
            .input("x", ElementType.FLOAT, 1, 2, 3)
            .initializer("rows", new long[] {2}, 1, 6)
            .initializer("columns", new long[] {1}, 2)
            .initializer("maps", new long[] {2}, 1, -1)
            .initializer("c", new long[] {6}, 0f, 1f, 2f, 3f, 4f, 5f)
            .initializer("token", new long[] {1, 2}, 8f, 9f)
            .node("Reshape", List.of("c", "rows"), "constant")
            .node("Reshape", List.of("x", "rows"), "flat")
            .node("Add", List.of("flat", "constant"), "sum")
            .node("Concat", List.of("token", "sum"), "joined", Attribute.of("axis", 1))
            .node("Concat", List.of("maps", "columns"), "shape", Attribute.of("axis", 0))
            .node("Reshape", List.of("joined", "shape"), "y")
            .output("y", ElementType.FLOAT, 1, 4, 2)
            .build();
    Set<String> written = fixed.writtenForOneBatch();
    assertEquals(Set.of("rows", "token", "shape"), written);
    Map<String, Initializer> values;
    try (OnnxRun run = new OnnxRun(fixed, written)) {
      values = run.values(Initializer.of("x", new long[] {1, 2, 3}, new float[6]));
    }
    OnnxGraph free =
        fixed
            .withFreeBatch(1, values)
            .declaring(
                List.of(
                    new TensorInfo("x", ElementType.FLOAT, Shape.of("N", 2, 3)),
                    new TensorInfo("y", ElementType.FLOAT, Shape.of("N", 4, 2))));
    float[] expected = {8, 9, 0, 1, 2, 3, 4, 5, 8, 9, 0, 1, 2, 3, 4, 5};
    assertArrayEquals(expected, OrtRun.floats(free, new float[12], 2, 2, 3).get("y"));
    assertThrows(OrtException.class, () -> OrtRun.floats(fixed, new float[12], 2, 2, 3));
  }

  @Test
  void metadataCanBeTakenAway() {
    OnnxGraph graph = dense().withMetadata(Map.of("graft.a", "1", "graft.b", "2", "c", "3"));
    assertEquals(Map.of("c", "3"), graph.withoutMetadata("graft.").metadata());
  }

  @Test
  void aGraphCanBeJoinedToItselfTwice() throws OrtException {
    OnnxGraph once = dense().cut("y", "y").then(doubling("y", "out"));
    OnnxGraph twice = once.then(doubling("out", "end"));
    assertArrayEquals(
        new float[] {12, 48, 62}, OrtRun.floats(twice, new float[] {1, 2}, 1, 2).get("end"));
  }

  @Test
  void namesInsideSubgraphsAreRenamedWhenGraphsAreJoined() throws Exception {
    // if (sum(x) > 0) out = outer + outer, else out = outer: "outer" is read from inside.
    GraphProto.Builder then = GraphProto.newBuilder().setName("then");
    then.addNodeBuilder().setOpType("Add").addInput("sum").addInput("sum").addOutput("xw");
    then.addOutputBuilder().setName("xw");
    GraphProto.Builder otherwise = GraphProto.newBuilder().setName("else");
    otherwise.addNodeBuilder().setOpType("Identity").addInput("sum").addOutput("b");
    otherwise.addOutputBuilder().setName("b");
    ModelProto.Builder model = proto(doubling("x", "out")).toBuilder();
    NodeProto.Builder branch =
        NodeProto.newBuilder().setName("branch").setOpType("If").addInput("yes").addOutput("out");
    branch
        .addAttributeBuilder()
        .setName("then_branch")
        .setType(AttributeProto.AttributeType.GRAPH)
        .setG(then);
    branch
        .addAttributeBuilder()
        .setName("else_branch")
        .setType(AttributeProto.AttributeType.GRAPH)
        .setG(otherwise);
    model
        .getGraphBuilder()
        .setNode(1, branch)
        .addInitializer(
            TensorProto.newBuilder()
                .setName("yes")
                .setDataType(ElementType.BOOL.code())
                .setRawData(ByteString.copyFrom(new byte[] {1})));
    OnnxGraph conditional = OnnxGraph.parse(model.build().toByteArray(), "if");
    assertArrayEquals(
        new float[] {12, 48, 62},
        OrtRun.floats(dense().cut("y", "y").then(conditional), new float[] {1, 2}, 1, 2)
            .get("out"));
    // A cut keeps what only the subgraph reads.
    assertArrayEquals(
        new float[] {4, 8, 12},
        OrtRun.floats(conditional.cut("out", "cut"), new float[] {1, 2, 3}, 1, 3).get("cut"));
  }

  @Test
  void graphsThatDoNotFitAreNotJoined() throws Exception {
    OnnxGraph first = dense().cut("y", "y");
    String clash =
        assertThrows(IllegalArgumentException.class, () -> first.then(doubling("in", "x")))
            .getMessage();
    assertTrue(clash.startsWith("the output x of doubling is also the name"), clash);
    OnnxGraph two =
        dense()
            .withOutputs(
                new TensorInfo("y", ElementType.FLOAT, Shape.of("N", 3)),
                new TensorInfo("sum", ElementType.FLOAT, Shape.of("N", 3)));
    assertThrows(IllegalArgumentException.class, () -> two.then(doubling("in", "out")));
    ModelProto.Builder older = proto(doubling("in", "out")).toBuilder();
    older.getOpsetImportBuilder(0).setVersion(13);
    OnnxGraph old = OnnxGraph.parse(older.build().toByteArray(), "old");
    String opsets =
        assertThrows(IllegalArgumentException.class, () -> first.then(old)).getMessage();
    assertTrue(opsets.contains("opset 17 to doubling of opset 13"), opsets);
  }

  @Test
  void writesTrainedWeightsBackIntoTheSameNodes() throws OrtException {
    OnnxGraph trained = dense().withInitializers(Map.of("b", new float[] {1, 1, 1}));
    assertArrayEquals(
        new float[] {10, 13, 16},
        OrtRun.floats(trained.cut("y", "y"), new float[] {1, 2}, 1, 2).get("y"));
    assertEquals(dense().nodes().toString(), trained.nodes().toString());
    assertThrows(
        IllegalArgumentException.class,
        () -> dense().withInitializers(Map.of("b", new float[] {1, 1})));
    assertThrows(
        IllegalArgumentException.class,
        () -> dense().withInitializers(Map.of("c", new float[] {1, 1})));
  }

  @Test
  void theBuilderRefusesWhatDoesNotCompute() {
    OnnxGraphBuilder missing =
        OnnxGraph.builder("g").input("x", ElementType.FLOAT, 1).node("Relu", List.of("z"), "y");
    assertThrows(IllegalStateException.class, missing::build);
    OnnxGraphBuilder noOutput =
        OnnxGraph.builder("g").input("x", ElementType.FLOAT, 1).node("Relu", List.of("x"), "y");
    assertThrows(IllegalStateException.class, noOutput::build);
    assertThrows(
        IllegalArgumentException.class,
        () -> OnnxGraph.builder("g").initializer("w", new long[] {2}, 1f));
  }

  @Test
  void rejectsWhatIsNoModel(@TempDir Path folder) throws Exception {
    assertTrue(rejected(new byte[0]).startsWith("my.onnx: not an ONNX model"));
    String text = rejected("not a model, but a text".getBytes(StandardCharsets.UTF_8));
    assertTrue(text.startsWith("my.onnx: not an ONNX model"), text);
    Path photo = folder.resolve("photo.jpg");
    Files.write(photo, new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16});
    OnnxException e = assertThrows(OnnxException.class, () -> OnnxGraph.read(photo));
    assertTrue(e.getMessage().startsWith(photo + ": not an ONNX model"), e.getMessage());
    Path missing = folder.resolve("missing.onnx");
    assertEquals(
        missing + ": no such file",
        assertThrows(OnnxException.class, () -> OnnxGraph.read(missing)).getMessage());
  }

  @Test
  void rejectsATruncatedModelWhereverItEnds() {
    byte[] bytes = dense().toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThrows(OnnxException.class, () -> OnnxGraph.parse(part, "part.onnx"));
    }
  }

  @Test
  void damagedBytesAreReadOrRejectedButNeverCrash() {
    byte[] bytes = dense().withMetadata(Map.of("k", "v")).toBytes();
    Random random = new Random(1);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = bytes.clone();
      for (int j = random.nextInt(3); j >= 0; j--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        OnnxGraph graph = OnnxGraph.parse(damaged, "damaged.onnx");
        read++;
        assertFalse(graph.outputs().isEmpty());
        graph.initializers().values().forEach(Initializer::size);
      } catch (OnnxException e) {
        assertTrue(e.getMessage().startsWith("damaged.onnx: "), e.getMessage());
      }
    }
    // Most bytes are numbers or names: if none were readable, the test would test little.
    assertTrue(read > 1000, read + " read");
  }

  @Test
  void rejectsWeightsInOtherFiles() throws Exception {
    ModelProto.Builder model = proto(dense()).toBuilder();
    TensorProto.Builder weight = model.getGraphBuilder().getInitializerBuilder(0);
    weight.clearRawData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
    weight.addExternalDataBuilder().setKey("location").setValue("weights.bin");
    String message = rejected(model);
    assertTrue(message.contains("initializer w is stored in another file"), message);
    assertTrue(message.contains("save_as_external_data=False"), message);
  }

  @Test
  void rejectsAWeightOfTheWrongSize() throws Exception {
    ModelProto.Builder model = proto(dense()).toBuilder();
    model.getGraphBuilder().getInitializerBuilder(0).setDims(0, 3);
    assertEquals(
        "my.onnx: damaged ONNX model: initializer w of shape [3, 3] needs 36 bytes, found 24",
        rejected(model));
    model.getGraphBuilder().getInitializerBuilder(0).setDims(0, 1L << 62);
    assertTrue(rejected(model).contains("impossible shape"));
    model.getGraphBuilder().getInitializerBuilder(0).setDims(0, -2);
    assertTrue(rejected(model).contains("impossible shape"));
  }

  @Test
  void rejectsNodesOutOfOrder() throws Exception {
    ModelProto.Builder model = proto(dense()).toBuilder();
    NodeProto last = model.getGraph().getNode(3);
    model.getGraphBuilder().removeNode(3).addNode(0, last);
    String message = rejected(model);
    assertTrue(message.contains("reads y, which nothing before it makes"), message);
  }
}
