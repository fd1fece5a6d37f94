// Checksums of bytes that stay in JavaScript, in base64 as providers give them.

import { invalid } from './error.js';
import { Hash } from './glue.js';

/** A checksum that grows with the bytes. */
export interface Sum {
  add(bytes: Uint8Array): void;
  /** In base64. No more bytes may come. */
  end(): string;
}

/** The algorithms that can be compared, best first, by the names that objects' `extra` has. */
export const KNOWN = ['sha256', 'crc32c', 'md5'] as const;
export type Algorithm = (typeof KNOWN)[number];

let table: Uint32Array | undefined;

/** CRC-32C (Castagnoli), a byte at a time. */
class Crc32c implements Sum {
  #crc = -1;

  add(bytes: Uint8Array): void {
    table ??= Uint32Array.from({ length: 256 }, (_, n) => {
      for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0x82f63b78 : n >>> 1;
      return n;
    });
    let crc = this.#crc;
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
    this.#crc = crc;
  }

  end(): string {
    const crc = ~this.#crc;
    return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255));
  }
}

/** SHA-256 and MD5 by the core, a chunk at a time. */
class Digest implements Sum {
  #hash: Hash;

  constructor(algorithm: Algorithm) {
    this.#hash = new Hash(algorithm === 'md5');
  }

  add(bytes: Uint8Array): void {
    // What is given to the core is copied: little at a time, so that its memory stays as it is.
    for (let at = 0; at < bytes.length; at += 65_536) this.#hash.update(bytes.subarray(at, at + 65_536));
  }

  end(): string {
    return this.#hash.end();
  }
}

export const sum = (algorithm: Algorithm): Sum => (algorithm === 'crc32c' ? new Crc32c() : new Digest(algorithm));

/** The checksum of bytes that are all there, as `sha256=BASE64`. */
export async function sumOf(algorithm: Algorithm | 'sha1', bytes: Uint8Array): Promise<string> {
  // Pages that came without TLS have no `subtle`.
  if (algorithm.startsWith('sha') && globalThis.crypto?.subtle) {
    const digest = await crypto.subtle.digest(algorithm === 'sha1' ? 'SHA-1' : 'SHA-256', bytes as Uint8Array<ArrayBuffer>);
    return `${algorithm}=${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
  }
  if (algorithm === 'sha1') throw invalid('SHA-1 needs WebCrypto, which pages have that came by https');
  const whole = sum(algorithm);
  whole.add(bytes);
  return `${algorithm}=${whole.end()}`;
}
