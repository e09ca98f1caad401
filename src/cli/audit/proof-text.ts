import { visibleText } from '#kernel/text/index.ts';

/** As a file that others verify: its lines stay, and nothing else in it may act on a terminal. */
export function proofText(proof: string): string {
  return visibleText(proof.trimEnd(), { multiline: true, maxLength: Number.MAX_SAFE_INTEGER });
}
