const wide = /[\u0100-\uffff]/;

/** What a text takes in memory: its letters take a byte each, or two as soon as one of them is wide. */
export function bytesOf(text: string): number {
  return wide.test(text) ? 2 * text.length : text.length;
}

/** The same text by itself: a part of another keeps the whole of that in memory. */
export function apart(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** What things take beside their letters, measured and rounded up. */
export const heldFor = {
  source: 4_096,
  asked: 256,
  leaf: 128,
  thing: 128,
  key: 256,
  word: 128,
} as const;
