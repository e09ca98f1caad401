import { BailiwickError } from '#kernel/errors.ts';
import { LogRatchet } from '#storage/ratchet/index.ts';
import { Integrator, type IntegratorOptions } from './integrator-core.ts';
import { defaultOriginPrefix } from './origin.ts';
import { copiedKeys, type SignerKeys, signerOf } from './signer.ts';

export interface CatchUpOptions
  extends Omit<IntegratorOptions, 'originPrefix' | 'signer' | 'ratchet'>,
    SignerKeys {
  readonly originPrefix?: string;
  /** Where the ratchet is, beside the keys; without it nothing is remembered outside the folder. */
  readonly ratchetFolder?: string;
}

/**
 * Moves what an earlier life left in the journal into its logs, here and not in a worker: a start
 * waits for it, and after a clean end there is nothing to move, while a worker takes longer to begin
 * than everything else. INVARIANT: nobody else integrates meanwhile; the worker begins after it.
 */
export async function catchUp(options: CatchUpOptions): Promise<void> {
  const { writer, ratchetFolder, originPrefix = defaultOriginPrefix } = options;
  const signer = signerOf(copiedKeys(options));
  const integrator = Integrator.open({
    ...options,
    originPrefix,
    signer,
    ...(ratchetFolder === undefined ? {} : { ratchet: ratchetIn(ratchetFolder, writer) }),
  });
  if (integrator === undefined) return;
  try {
    // However much it is, whoever shares this loop gets his turn: the supervisor must hear of us.
    while (integrator.integrate(1)) await new Promise((resolve) => setImmediate(resolve));
  } catch (fault) {
    integrator.abandon();
    throw fault;
  }
  integrator.close();
}

/** What was signed is read anew each time: it is the only thing that a fault cannot have spoilt. */
export function ratchetIn(folder: string, writer: string): LogRatchet {
  const ratchet = LogRatchet.open(folder, writer);
  if (ratchet !== undefined) return ratchet;
  throw new BailiwickError('audit/inconsistent', { message: 'the ratchet of the logs is gone' });
}
