package dev.graft.augment;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads the text form of one augmentation. */
final class AugmentationParser {

  /** In the order in which they are listed. */
  static final Map<String, String> PRESETS;

  /** How each step is written. */
  private static final Map<String, String> FORMS;

  static {
    Map<String, String> presets = new LinkedHashMap<>();
    presets.put("none", "");
    presets.put("flips", "horizontal-flip");
    presets.put(
        "light",
        "horizontal-flip,rotation=5,width-shift=0.05,height-shift=0.05,zoom=0.05,fill=reflect");
    presets.put(
        "standard",
        "horizontal-flip,rotation=12,width-shift=0.1,height-shift=0.1,zoom=0.15,fill=reflect,"
            + "brightness=0.2");
    presets.put(
        "strong", "random-resized-crop=0.25..1,horizontal-flip,color-jitter=0.3/0.3/0.3/0.02");
    PRESETS = Collections.unmodifiableMap(presets);

    Map<String, String> forms = new LinkedHashMap<>();
    forms.put("rotation", "=DEGREES");
    forms.put("width-shift", "=SHARE_OR_PIXELS");
    forms.put("height-shift", "=SHARE_OR_PIXELS");
    forms.put("shear", "=DEGREES");
    forms.put("zoom", "=D or =MIN..MAX");
    forms.put("fill", "=nearest, =reflect, =wrap or =constant/LEVEL");
    forms.put("channel-shift", "=LEVELS");
    forms.put("horizontal-flip", " or =PROBABILITY");
    forms.put("vertical-flip", " or =PROBABILITY");
    forms.put("brightness", "=D or =MIN..MAX");
    forms.put("random-resized-crop", ", =MIN..MAX or =MIN..MAX/MIN..MAX");
    forms.put("color-jitter", "=BRIGHTNESS/CONTRAST/SATURATION/HUE");
    FORMS = Collections.unmodifiableMap(forms);
  }

  private final Map<Class<? extends Step>, Step> steps = new LinkedHashMap<>();
  private Step.Affine affine = Step.Affine.none();

  Augmentation parse(String text) {
    List<String> items = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      items.add(item.strip());
    }
    List<String> named = items.stream().filter(PRESETS::containsKey).toList();
    if (named.size() > 1) {
      throw new IllegalArgumentException(
          "expected one preset at most, got %s and %s".formatted(named.get(0), named.get(1)));
    }
    items.removeAll(named);
    for (String preset : named) {
      String content = PRESETS.get(preset);
      if (!content.isEmpty()) {
        List.of(content.split(",", -1)).forEach(this::add);
      }
    }
    Set<String> keys = new HashSet<>();
    for (String item : items) {
      if (!keys.add(key(item))) {
        throw new IllegalArgumentException(key(item) + " is there twice in \"" + text + "\"");
      }
      add(item);
    }
    if (keys.contains("fill") && affine.isNone()) {
      throw new IllegalArgumentException(
          "fill needs a rotation, width-shift, height-shift, shear or zoom");
    }
    List<Step> all = new ArrayList<>(steps.values());
    all.add(affine);
    return Augmentation.of(all);
  }

  private static String key(String item) {
    int end = item.indexOf('=');
    return end < 0 ? item : item.substring(0, end);
  }

  private void add(String item) {
    String key = key(item);
    if (!FORMS.containsKey(key)) {
      throw new IllegalArgumentException(
          "no augmentation is called \"%s\"; the known ones are the presets %s and the steps %s"
              .formatted(
                  key, String.join(", ", PRESETS.keySet()), String.join(", ", FORMS.keySet())));
    }
    String value = item.equals(key) ? null : item.substring(key.length() + 1);
    switch (key) {
      case "rotation" -> affine = affine.withRotation(number(key, value));
      case "width-shift" -> affine = affine.withWidthShift(number(key, value));
      case "height-shift" -> affine = affine.withHeightShift(number(key, value));
      case "shear" -> affine = affine.withShear(number(key, value));
      case "zoom" -> affine = affine.withZoom(range(key, value, value, 1));
      case "fill" -> affine = affine.withFill(fill(key, value));
      case "channel-shift" -> put(new Step.ChannelShift(number(key, value)));
      case "horizontal-flip" -> put(new Step.HorizontalFlip(probability(key, value)));
      case "vertical-flip" -> put(new Step.VerticalFlip(probability(key, value)));
      case "brightness" -> put(new Step.Brightness(range(key, value, value, 1)));
      case "random-resized-crop" -> put(crop(key, value));
      case "color-jitter" -> put(jitter(key, value));
      default -> throw new AssertionError(key);
    }
  }

  private void put(Step step) {
    steps.put(step.getClass(), step);
  }

  private static Step.RandomResizedCrop crop(String key, String value) {
    if (value == null) {
      return Step.RandomResizedCrop.defaults();
    }
    String[] parts = value.split("/", -1);
    if (parts.length > 2) {
      throw malformed(key, value);
    }
    Range area = bounds(key, value, parts[0]);
    return parts.length == 1
        ? Step.RandomResizedCrop.ofArea(area)
        : new Step.RandomResizedCrop(area, bounds(key, value, parts[1]));
  }

  private static Step.ColorJitter jitter(String key, String value) {
    String[] parts = value == null ? new String[0] : value.split("/", -1);
    if (parts.length != 4) {
      throw malformed(key, value);
    }
    return new Step.ColorJitter(
        range(key, value, parts[0], 1),
        range(key, value, parts[1], 1),
        range(key, value, parts[2], 1),
        range(key, value, parts[3], 0));
  }

  private static Fill fill(String key, String value) {
    if (value != null && value.startsWith("constant/")) {
      double level = number(key, value, value.substring("constant/".length()));
      if (level != (int) level) {
        throw malformed(key, value);
      }
      return Fill.constant((int) level);
    }
    for (Fill.Mode mode : Fill.Mode.values()) {
      if (mode.name().toLowerCase(Locale.ROOT).equals(value)) {
        return new Fill(mode, 0);
      }
    }
    throw malformed(key, value);
  }

  private static double probability(String key, String value) {
    return value == null ? 0.5 : number(key, value);
  }

  /** {@code MIN..MAX}, or D for center - D to center + D; a factor does not fall below 0. */
  private static Range range(String key, String value, String text, double center) {
    if (text == null || text.contains("..")) {
      return bounds(key, value, text);
    }
    double distance = number(key, value, text);
    if (distance < 0) {
      throw malformed(key, value);
    }
    Range range = Range.around(center, distance);
    return center > 0 && range.min() < 0 ? new Range(0, range.max()) : range;
  }

  private static Range bounds(String key, String value, String text) {
    String[] ends = text == null ? new String[0] : text.split("\\.\\.", -1);
    if (ends.length != 2) {
      throw malformed(key, value);
    }
    return new Range(number(key, value, ends[0]), number(key, value, ends[1]));
  }

  private static double number(String key, String value) {
    return number(key, value, value);
  }

  /** Digits with or without a decimal point: no locale, no exponents, no infinity. */
  private static double number(String key, String value, String text) {
    if (text == null || !text.matches("-?[0-9]{1,20}(\\.[0-9]{1,20})?")) {
      throw malformed(key, value);
    }
    return new BigDecimal(text).doubleValue();
  }

  private static IllegalArgumentException malformed(String key, String value) {
    return new IllegalArgumentException(
        "expected %s%s, got %s"
            .formatted(key, FORMS.get(key), value == null ? key : key + "=" + value));
  }
}
