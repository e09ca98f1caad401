import type { OutboundNetwork } from './outbound.ts';

/**
 * Sends forms to authorization servers elsewhere. INVARIANT: it follows no redirect, reads no more than
 * `limits.tokenAnswerBytes`, and connects to no address but one that was judged for this form.
 */
export interface FormPoster {
  /**
   * Rejects when there is no answer that can be read whole, by `outbound/refused` where its address may not be
   * asked; what the answer says is not judged.
   */
  post(ask: {
    readonly url: string;
    readonly network: OutboundNetwork;
    readonly fields: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  }): Promise<{ readonly status: number; readonly body: Uint8Array }>;
}
