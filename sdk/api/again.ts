/**
 * What changes something is asked by a key of its own, so that where the line breaks it can be asked again: the control
 * program does it once (`Idempotency-Key`). What never arrived, and what was refused, is not asked again.
 */
export async function askAgain<Told>(
  ask: (key: string) => Promise<Told>,
  isRunning: (told: Told) => boolean | Promise<boolean>,
  pause: (ms: number) => Promise<void> = rest,
): Promise<Told> {
  const key = newKey();
  for (let at = 0; ; at += 1) {
    const waitMs = pausesMs[at];
    try {
      const told = await ask(key);
      // The first one may run still, though its line broke.
      if (at === 0 || waitMs === undefined || !(await isRunning(told))) return told;
    } catch (fault) {
      if (waitMs === undefined || !isBroken(fault)) throw fault;
    }
    await pause(waitMs);
  }
}

const pausesMs: readonly (number | undefined)[] = [200, 1_000, 2_000, 4_000];

export const runningCode = 'api/idempotency-running';

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const broken: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** The line broke after it stood. A browser does not say why: there any break counts. */
function isBroken(fault: unknown): boolean {
  if (!(fault instanceof TypeError)) return false;
  const { cause } = fault;
  if (cause === undefined) return true;
  return typeof cause === 'object' && cause !== null && 'code' in cause && broken.has(cause.code);
}

const rest = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
