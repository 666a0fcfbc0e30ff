/**
 * SHA-1 (RFC 3174), synchronous: Web Crypto's is not, and pure code cannot wait. For spreading and comparing, never for
 * secrets.
 */
const encoder = new TextEncoder();

/** The 40 lower-case hexadecimal digits of the text's UTF-8. */
export function sha1(text: string): string {
  const words = pad(encoder.encode(text));
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const schedule = new Uint32Array(80);
  for (let block = 0; block < words.length; block += 16) {
    schedule.set(words.subarray(block, block + 16));
    for (let i = 16; i < 80; i += 1) {
      schedule[i] = rotate(at(schedule, i - 3) ^ at(schedule, i - 8) ^ at(schedule, i - 14) ^ at(schedule, i - 16), 1);
    }
    compress(state, schedule);
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** Big-endian words of the message, a one bit, zeros, and the length in bits as the last 64 bits. */
function pad(bytes: Uint8Array): Uint32Array {
  const wordCount = Math.ceil((bytes.length + 9) / 64) * 16;
  const words = new Uint32Array(wordCount);
  const write = (index: number, byte: number) => {
    words[index >> 2] = at(words, index >> 2) | (byte << (24 - (index % 4) * 8));
  };
  for (const [index, byte] of bytes.entries()) write(index, byte);
  write(bytes.length, 0x80);
  words[wordCount - 2] = Math.floor(bytes.length / 0x2000_0000);
  words[wordCount - 1] = bytes.length << 3;
  return words;
}

function compress(state: Uint32Array, schedule: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  for (let i = 0; i < 80; i += 1) {
    const next = (rotate(a, 5) + mix(i, b, c, d) + e + at(schedule, i)) >>> 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  for (const [index, word] of [a, b, c, d, e].entries()) state[index] = at(state, index) + word;
}

/** The round's function of three words, with its constant. */
function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(word: number, bits: number): number {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}
