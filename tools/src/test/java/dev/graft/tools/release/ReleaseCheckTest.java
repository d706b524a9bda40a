package dev.graft.tools.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release of one artifact, made by hand. */
class ReleaseCheckTest {

  private static final String POM =
      """
      <project>
        <groupId>dev.graft</groupId>
        <artifactId>graft-x</artifactId>
        <version>1.0</version>
        <name>X</name>
        <description>An artifact.</description>
        <url>https://example.org</url>
        <licenses><license><name>L</name><url>https://example.org/l</url></license></licenses>
        <developers><developer><name>D</name></developer></developers>
        <scm>
          <connection>scm:git:https://example.org/x.git</connection>
          <developerConnection>scm:git:https://example.org/x.git</developerConnection>
          <url>https://example.org/x</url>
        </scm>
      </project>
      """;

  @TempDir private Path temp;

  @Test
  void nothingIsWrongWithAReleaseThatHasAll() throws Exception {
    String key = release(POM);
    assertEquals(List.of(), problems(key));
  }

  @Test
  void eachMissingThingIsNamed() throws Exception {
    String key = release(POM.replace("<name>D</name>", "").replace("<name>X</name>", ""));
    Path folder = folder();
    Files.delete(folder.resolve("graft-x-1.0-javadoc.jar"));
    Files.delete(folder.resolve("graft-x-1.0-sources.jar.asc"));
    Files.writeString(folder.resolve("graft-x-1.0.jar.sha1"), "0");
    Files.writeString(folder.resolve("graft-x-1.0-cyclonedx.json"), "changed after it was signed");
    List<String> problems = problems(key);
    List<String> expected =
        List.of(
            "graft-x: its POM has no name",
            "graft-x: neither its POM nor a parent has developers/developer/name",
            "graft-x-1.0.jar has no .sha1, or a wrong one",
            "graft-x-1.0-sources.jar has no signature",
            "graft-x-1.0-javadoc.jar is missing",
            "graft-x-1.0-cyclonedx.json.asc is not the signature of this file by this key",
            "graft-x-1.0-cyclonedx.json has no .md5, or a wrong one",
            "graft-x-1.0-cyclonedx.json has no .sha1, or a wrong one");
    assertEquals(expected.size(), problems.size(), problems.toString());
    for (int i = 0; i < expected.size(); i++) {
      assertTrue(problems.get(i).endsWith(expected.get(i)), problems.get(i));
    }
  }

  @Test
  void theKeyOfSomebodyElseIsTold() throws Exception {
    release(POM);
    List<String> problems = problems(Keys.throwAway());
    assertEquals(5, problems.size(), problems.toString());
    assertTrue(problems.stream().allMatch(each -> each.contains("by this key")));
  }

  private List<String> problems(String key) throws IOException {
    return ReleaseCheck.problems(
        temp.resolve("staging"), Keys.read(key), Pom.published(temp.resolve("checkout")));
  }

  private Path folder() {
    return temp.resolve("staging/dev/graft/graft-x/1.0");
  }

  /** Makes it, with a checkout, and returns the key. */
  private String release(String pom) throws Exception {
    Path checkout = Files.createDirectories(temp.resolve("checkout"));
    Files.writeString(checkout.resolve("pom.xml"), pom);
    Path folder = Files.createDirectories(folder());
    Files.writeString(folder.resolve("graft-x-1.0.pom"), pom);
    Files.writeString(folder.resolve("graft-x-1.0-cyclonedx.json"), "{}");
    for (String end : List.of("", "-sources", "-javadoc")) {
      jar(folder.resolve("graft-x-1.0" + end + ".jar"));
    }
    String key = Keys.throwAway();
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.toList();
    }
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      Files.writeString(file.resolveSibling(file.getFileName() + ".asc"), signature(bytes, key));
      Files.writeString(file.resolveSibling(file.getFileName() + ".md5"), hex("MD5", bytes));
      Files.writeString(file.resolveSibling(file.getFileName() + ".sha1"), hex("SHA-1", bytes));
    }
    return key;
  }

  private static void jar(Path file) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Automatic-Module-Name", "graft.x");
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out, manifest)) {
      for (String entry : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
        jar.putNextEntry(new ZipEntry(entry));
        jar.closeEntry();
      }
    }
  }

  private static String hex(String algorithm, byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
  }

  private static String signature(byte[] bytes, String armored) throws Exception {
    PGPSecretKeyRing ring =
        new PGPSecretKeyRing(
            PGPUtil.getDecoderStream(new ByteArrayInputStream(armored.getBytes(UTF_8))),
            new BcKeyFingerprintCalculator());
    PGPSignatureGenerator generator =
        new PGPSignatureGenerator(
            new BcPGPContentSignerBuilder(
                ring.getPublicKey().getAlgorithm(), HashAlgorithmTags.SHA512),
            ring.getPublicKey());
    generator.init(
        PGPSignature.BINARY_DOCUMENT,
        ring.getSecretKey()
            .extractPrivateKey(
                new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider())
                    .build(new char[0])));
    generator.update(bytes);
    ByteArrayOutputStream signature = new ByteArrayOutputStream();
    try (ArmoredOutputStream out = ArmoredOutputStream.builder().build(signature)) {
      generator.generate().encode(out);
    }
    return signature.toString(UTF_8);
  }
}
