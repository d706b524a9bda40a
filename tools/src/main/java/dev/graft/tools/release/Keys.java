package dev.graft.tools.release;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRing;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPSecretKey;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;

/** OpenPGP keys and signatures, without gpg. */
final class Keys {

  private Keys() {}

  /** Writes a new key to a file, to be thrown away: it has no passphrase and nobody's name. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), throwAway());
  }

  /**
   * {@return a secret key that signs, armored, as the environment variable {@code MAVEN_GPG_KEY}
   * takes it}
   */
  static String throwAway() throws IOException {
    try {
      Ed25519KeyPairGenerator generator = new Ed25519KeyPairGenerator();
      generator.init(new Ed25519KeyGenerationParameters(new SecureRandom()));
      PGPKeyPair pair =
          new BcPGPKeyPair(
              PublicKeyPacket.VERSION_4,
              PublicKeyAlgorithmTags.EDDSA_LEGACY,
              generator.generateKeyPair(),
              Date.from(Instant.now()));
      PGPSecretKey key =
          new PGPSecretKey(
              PGPSignature.POSITIVE_CERTIFICATION,
              pair,
              "To be thrown away",
              new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
              null,
              null,
              new BcPGPContentSignerBuilder(
                  pair.getPublicKey().getAlgorithm(), HashAlgorithmTags.SHA256),
              null);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ArmoredOutputStream out = ArmoredOutputStream.builder().build(bytes)) {
        key.encode(out);
      }
      return bytes.toString(UTF_8);
    } catch (PGPException e) {
      throw new IOException("no key could be made: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a key, with its subkeys.
   *
   * @param armored a secret key, or a public one as {@code gpg --export --armor} writes it
   */
  static PGPKeyRing read(String armored) throws IOException {
    if (first(armored) instanceof PGPKeyRing ring) {
      return ring;
    }
    throw new IOException("expected an OpenPGP key in armor, got something else");
  }

  /**
   * Whether a file is what this key has signed.
   *
   * @param armored a detached signature
   */
  static boolean isSigned(Path file, String armored, PGPKeyRing ring) throws IOException {
    if (!(first(armored) instanceof PGPSignatureList signatures)) {
      return false;
    }
    PGPSignature signature = signatures.get(0);
    PGPPublicKey key = ring.getPublicKey(signature.getKeyID());
    if (key == null) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      signature.init(new BcPGPContentVerifierBuilderProvider(), key);
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        signature.update(buffer, 0, n);
      }
      return signature.verify();
    } catch (PGPException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static Object first(String armored) throws IOException {
    try (InputStream in =
        PGPUtil.getDecoderStream(new ByteArrayInputStream(armored.getBytes(UTF_8)))) {
      return new BcPGPObjectFactory(in).nextObject();
    }
  }
}
