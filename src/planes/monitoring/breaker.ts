import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';

/**
 * The breaker of one caller in one window: it trips when the same tool is refused for the same
 * reason again and again, whatever the arguments, without a call that goes through in between.
 */
export class Breaker {
  readonly #streaks = new Map<string, number>();
  #tools = 0;
  #broken = false;

  get isOpen(): boolean {
    return this.#broken;
  }

  note(draft: RecordDraft): void {
    const key = this.#kindOf(draft);
    const streak = this.#streaks.get(key);
    const next = streak === undefined ? 0 : streak + (isFault(draft) ? 1 : 0);
    this.#streaks.set(key, next);
    this.#broken ||= next >= limits.repeatedRefusals;
  }

  relieve(): void {
    for (const key of this.#streaks.keys()) this.#streaks.set(key, 0);
  }

  /** By code and tool; who tries very many tools is counted by code alone. */
  #kindOf(draft: RecordDraft): string {
    const code = draft.refusal?.code ?? '';
    const tool = draft.named ?? '';
    const key = `${code}\n${tool}`;
    if (tool === '' || this.#streaks.has(key)) return key;
    if (isAboutCaller(code) || this.#tools >= limits.repeatedRefusals) return code;
    this.#tools += 1;
    return key;
  }
}

/** The same answer whatever the tool: stopped, suspended, too fast, broken. */
export function isAboutCaller(code: string): boolean {
  return /^(?:stop|standing|admit|gateway)\//.test(code);
}

/** INVARIANT: waiting is no offence; only what a retry cannot heal trips the breaker. */
function isFault(draft: RecordDraft): boolean {
  const code = draft.refusal?.code ?? '';
  if (code.startsWith('stop/') || code.startsWith('standing/')) return false;
  const status = Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].status : 400;
  return status !== 429 && status !== 503;
}
