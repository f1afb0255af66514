package dev.tidings.client;

import java.security.SecureRandom;
import java.util.UUID;

/** Ids by which the server recognizes a repeated call (RFC 9562): they begin with the time. */
final class Uuid7 {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Uuid7() {}

  static String next() {
    long high = System.currentTimeMillis() << 16 | 0x7000 | RANDOM.nextInt(1 << 12);
    long low = RANDOM.nextLong() >>> 2 | Long.MIN_VALUE;
    return new UUID(high, low).toString();
  }
}
