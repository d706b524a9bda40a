package dev.graft.protobuf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds in an ONNX file what is known to end the process inside ONNX Runtime instead of with an
 * error, or to go on without end. Looks at the nodes alone, not at the weights: some milliseconds
 * for a network of any size. It does not make a file of a stranger safe.
 *
 * <p>Field numbers are those of onnx.proto.
 */
public final class GraphGuard {

  /** The largest networks have some ten thousand nodes. */
  private static final int MOST_NODES = 1_000_000;

  private static final int LONGEST_NAME = 1 << 16;
  private static final int DEEPEST = 32;
  private static final int HIGHEST_RANK = 64;
  private static final long LARGEST_STEP = 1 << 20;
  private static final long MOST_ROUNDS = 1_000_000;
  private static final int INT64 = 7;

  private static final Set<String> STEPS = Set.of("strides", "dilations", "kernel_shape", "group");

  /** Operators whose result has as many dimensions as what they read first. */
  private static final Set<String> KEEPING_RANK =
      Set.of(
          "Cast",
          "Identity",
          "Transpose",
          "Relu",
          "Clip",
          "Conv",
          "MaxPool",
          "AveragePool",
          "BatchNormalization",
          "QuantizeLinear",
          "DequantizeLinear");

  private static final Set<String> ARITHMETIC = Set.of("Add", "Sub", "Mul", "Div");

  private final Map<String, Function> functions = new HashMap<>();
  private int nodes;

  private GraphGuard() {}

  /**
   * What speaks against handing a model to ONNX Runtime, such as {@code it has a Conv with strides
   * [0, 0]}; empty where nothing does.
   *
   * @param model a whole ONNX file, from the buffer's position on
   */
  public static Optional<String> complaint(ByteBuffer model) {
    try {
      new GraphGuard().check(model);
      return Optional.empty();
    } catch (Refused e) {
      return Optional.of("it has " + e.getMessage());
    } catch (IOException e) {
      // What cannot be read here might be read there, and would have been looked at by nobody.
      return Optional.of("it is no ONNX file, or a damaged one (" + e.getMessage() + ")");
    }
  }

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message, null, false, false);
    }
  }

  /** A function of the model's own, which ONNX Runtime replaces by its nodes. */
  private static final class Function {
    private final List<String> calls = new ArrayList<>();
    private long size;
    private boolean underWay;
    private boolean counted;
  }

  private record Attribute(
      String name, List<Long> numbers, ByteBuffer tensor, List<ByteBuffer> graphs) {}

  private record Node(
      String operator,
      String domain,
      String overload,
      List<String> inputs,
      List<String> outputs,
      List<Attribute> attributes) {

    boolean is(String standard) {
      return domain.isEmpty() && operator.equals(standard);
    }

    String function() {
      return key(domain, operator, overload);
    }
  }

  private static String key(String domain, String name, String overload) {
    return domain + ":" + name + ":" + overload;
  }

  /** What is known of the tensors of a graph; those of the graphs around it are known too. */
  private static final class Tensors {
    private final Tensors around;
    private final Map<String, Integer> ranks = new HashMap<>();
    private final Map<String, Long> constants = new HashMap<>();

    Tensors(Tensors around) {
      this.around = around;
    }

    Long constant(String name) {
      Long value = constants.get(name);
      return value != null || around == null ? value : around.constant(name);
    }
  }

  private void check(ByteBuffer bytes) throws IOException {
    Function main = new Function();
    ProtobufFields model = new ProtobufFields(bytes);
    while (model.next()) {
      switch (model.field()) {
        case 7 -> graph(model.bytes(), null, main, 0);
        case 25 -> function(model.bytes());
        default -> model.skip();
      }
    }
    requireFew(size(main, 0));
    for (Function function : functions.values()) {
      size(function, 0);
    }
  }

  private void function(ByteBuffer bytes) throws IOException {
    String name = "";
    String domain = "";
    String overload = "";
    List<ByteBuffer> body = new ArrayList<>();
    ProtobufFields fields = new ProtobufFields(bytes);
    while (fields.next()) {
      switch (fields.field()) {
        case 1 -> name = fields.text(LONGEST_NAME);
        case 7 -> body.add(fields.bytes());
        case 10 -> domain = standard(fields.text(LONGEST_NAME));
        case 13 -> overload = fields.text(LONGEST_NAME);
        default -> fields.skip();
      }
    }
    Function function = new Function();
    functions.put(key(domain, name, overload), function);
    Tensors tensors = new Tensors(null);
    for (ByteBuffer node : body) {
      node(node(node), tensors, function, 0);
    }
  }

  /** Nodes with all functions in the place of their calls. */
  private long size(Function function, int depth) {
    if (function.underWay || depth > DEEPEST) {
      throw new Refused("a function that calls itself, or functions nested too deep");
    }
    if (!function.counted) {
      function.underWay = true;
      for (String call : function.calls) {
        Function called = functions.get(call);
        if (called != null) {
          function.size += size(called, depth + 1);
          requireFew(function.size);
        }
      }
      function.underWay = false;
      function.counted = true;
    }
    return function.size;
  }

  private static void requireFew(long nodes) {
    if (nodes > MOST_NODES) {
      throw new Refused("more than %d nodes".formatted(MOST_NODES));
    }
  }

  private void graph(ByteBuffer bytes, Tensors around, Function in, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new Refused("graphs nested too deep");
    }
    Tensors tensors = new Tensors(around);
    ProtobufFields declared = new ProtobufFields(bytes);
    while (declared.next()) {
      switch (declared.field()) {
        case 5 -> initializer(declared.bytes(), tensors);
        case 11 -> input(declared.bytes(), tensors);
        default -> declared.skip();
      }
    }
    ProtobufFields fields = new ProtobufFields(bytes);
    while (fields.next()) {
      if (fields.field() == 1) {
        node(node(fields.bytes()), tensors, in, depth);
      } else {
        fields.skip();
      }
    }
  }

  private static Node node(ByteBuffer bytes) throws IOException {
    String operator = "";
    String domain = "";
    String overload = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<Attribute> attributes = new ArrayList<>();
    ProtobufFields fields = new ProtobufFields(bytes);
    while (fields.next()) {
      switch (fields.field()) {
        case 1 -> inputs.add(fields.text(LONGEST_NAME));
        case 2 -> outputs.add(fields.text(LONGEST_NAME));
        case 4 -> operator = fields.text(LONGEST_NAME);
        case 5 -> attributes.add(attribute(fields.bytes()));
        case 7 -> domain = standard(fields.text(LONGEST_NAME));
        case 8 -> overload = fields.text(LONGEST_NAME);
        default -> fields.skip();
      }
    }
    return new Node(operator, domain, overload, inputs, outputs, attributes);
  }

  private static String standard(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  private static Attribute attribute(ByteBuffer bytes) throws IOException {
    String name = "";
    List<Long> numbers = new ArrayList<>();
    ByteBuffer tensor = null;
    List<ByteBuffer> graphs = new ArrayList<>();
    ProtobufFields fields = new ProtobufFields(bytes);
    while (fields.next()) {
      switch (fields.field()) {
        case 1 -> name = fields.text(LONGEST_NAME);
        case 3 -> numbers.add(fields.number());
        case 5 -> tensor = fields.bytes();
        case 6, 11 -> graphs.add(fields.bytes());
        case 8 -> fields.numbers(numbers, HIGHEST_RANK + 1); // of more that there are is enough
        default -> fields.skip();
      }
    }
    return new Attribute(name, numbers, tensor, graphs);
  }

  private void node(Node node, Tensors tensors, Function in, int depth) throws IOException {
    requireFew(++nodes);
    in.size++;
    in.calls.add(node.function());
    for (Attribute attribute : node.attributes()) {
      if (attribute.tensor() != null) {
        tensor(attribute.tensor());
      }
      for (ByteBuffer inner : attribute.graphs()) {
        graph(inner, tensors, in, depth + 1);
      }
      boolean slides = node.operator().contains("Conv") || node.operator().contains("Pool");
      if (slides && STEPS.contains(attribute.name())) {
        requireSteps(node, attribute);
      }
    }
    if (node.is("Transpose")) {
      requirePermutation(node, tensors);
    } else if (node.is("Loop")) {
      requireBound(node, tensors);
    } else if (node.is("Constant")) {
      constant(node, tensors);
    }
    learnRank(node, tensors);
  }

  private static void requireSteps(Node node, Attribute attribute) {
    for (long step : attribute.numbers()) {
      if (step < 1 || step > LARGEST_STEP) {
        throw new Refused(
            "a %s with %s %s; expected numbers from 1 to %d"
                .formatted(node.operator(), attribute.name(), attribute.numbers(), LARGEST_STEP));
      }
    }
  }

  private static void requirePermutation(Node node, Tensors tensors) {
    for (Attribute attribute : node.attributes()) {
      if (attribute.name().equals("perm")) {
        List<Long> axes = attribute.numbers();
        Integer rank = node.inputs().isEmpty() ? null : tensors.ranks.get(node.inputs().get(0));
        Set<Long> different = new HashSet<>(axes);
        boolean permuted =
            different.size() == axes.size()
                && axes.stream().allMatch(axis -> axis >= 0 && axis < axes.size());
        if (!permuted || axes.size() > HIGHEST_RANK || (rank != null && rank != axes.size())) {
          throw new Refused(
              "a Transpose with perm %s%s; expected each of its axes once"
                  .formatted(axes, rank == null ? "" : " of a tensor of %d axes".formatted(rank)));
        }
      }
    }
  }

  /** Whether a condition ever becomes false cannot be told; the number of rounds can. */
  private static void requireBound(Node node, Tensors tensors) {
    Long rounds = node.inputs().isEmpty() ? null : tensors.constant(node.inputs().get(0));
    if (rounds == null || rounds > MOST_ROUNDS) {
      throw new Refused(
          "a Loop of %s rounds; expected a constant number of at most %d"
              .formatted(rounds == null ? "any number of" : rounds.toString(), MOST_ROUNDS));
    }
  }

  private static void constant(Node node, Tensors tensors) throws IOException {
    for (Attribute attribute : node.attributes()) {
      if (node.outputs().size() != 1) {
        continue;
      }
      String output = node.outputs().get(0);
      if (attribute.name().equals("value") && attribute.tensor() != null) {
        learn(output, tensor(attribute.tensor()), tensors);
      } else if (attribute.name().equals("value_int") && attribute.numbers().size() == 1) {
        tensors.constants.put(output, attribute.numbers().get(0));
        tensors.ranks.put(output, 0);
      }
    }
  }

  private static void initializer(ByteBuffer bytes, Tensors tensors) throws IOException {
    Tensor tensor = tensor(bytes);
    learn(tensor.name(), tensor, tensors);
  }

  private static void learn(String name, Tensor tensor, Tensors tensors) {
    tensors.ranks.put(name, tensor.rank());
    if (tensor.value() != null) {
      tensors.constants.put(name, tensor.value());
    }
    requireFew(tensors.ranks.size());
  }

  /**
   * A constant.
   *
   * @param value of one whole number of 64 bits; null of all others
   */
  private record Tensor(String name, int rank, Long value) {}

  private static Tensor tensor(ByteBuffer bytes) throws IOException {
    String name = "";
    List<Long> dims = new ArrayList<>();
    List<Long> longs = new ArrayList<>();
    ByteBuffer raw = null;
    long type = 0;
    ProtobufFields fields = new ProtobufFields(bytes);
    while (fields.next()) {
      switch (fields.field()) {
        case 1 -> fields.numbers(dims, HIGHEST_RANK + 1);
        case 2 -> type = fields.number();
        case 7 -> fields.numbers(longs, 2);
        case 8 -> name = fields.text(LONGEST_NAME);
        case 9 -> raw = fields.bytes();
        case 13 -> throw new Refused("weights in other files; expected them inside");
        default -> fields.skip();
      }
    }
    Long value = null;
    if (type == INT64 && longs.size() == 1) {
      value = longs.get(0);
    } else if (type == INT64 && raw != null && raw.remaining() == Long.BYTES) {
      value = raw.getLong(0);
    }
    return new Tensor(name, dims.size(), value);
  }

  private static void input(ByteBuffer bytes, Tensors tensors) throws IOException {
    String name = "";
    Integer rank = null;
    ProtobufFields value = new ProtobufFields(bytes);
    while (value.next()) {
      switch (value.field()) {
        case 1 -> name = value.text(LONGEST_NAME);
        case 2 -> rank = rank(value.bytes());
        default -> value.skip();
      }
    }
    if (rank != null) {
      tensors.ranks.putIfAbsent(name, rank); // an initializer may be listed among the inputs
    }
  }

  /** Of a TypeProto; null where it is no tensor or its shape is not declared. */
  private static Integer rank(ByteBuffer bytes) throws IOException {
    ByteBuffer shape = only(2, only(1, bytes));
    if (shape == null) {
      return null;
    }
    int rank = 0;
    ProtobufFields dims = new ProtobufFields(shape);
    while (dims.next()) {
      rank += dims.field() == 1 ? 1 : 0;
      dims.skip();
    }
    return rank;
  }

  private static ByteBuffer only(int field, ByteBuffer bytes) throws IOException {
    ByteBuffer found = null;
    if (bytes != null) {
      ProtobufFields fields = new ProtobufFields(bytes);
      while (fields.next()) {
        if (fields.field() == field) {
          found = fields.bytes();
        } else {
          fields.skip();
        }
      }
    }
    return found;
  }

  private static void learnRank(Node node, Tensors tensors) {
    if (!node.domain().isEmpty() || node.inputs().isEmpty() || node.outputs().isEmpty()) {
      return;
    }
    Integer rank = null;
    Integer first = tensors.ranks.get(node.inputs().get(0));
    if (KEEPING_RANK.contains(node.operator())) {
      rank = first;
    } else if (node.inputs().size() == 2) {
      Integer second = tensors.ranks.get(node.inputs().get(1));
      if (first != null && second != null) {
        if (ARITHMETIC.contains(node.operator())) {
          rank = Math.max(first, second);
        } else if (node.operator().equals("Gather")) {
          rank = first + second - 1;
        }
      }
    }
    if (rank != null) {
      tensors.ranks.put(node.outputs().get(0), rank);
    }
  }
}
