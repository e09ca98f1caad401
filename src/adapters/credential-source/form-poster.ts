import type { FormPoster } from '#contracts/form-poster.ts';
import type { Outbound, OutboundNetwork } from '#contracts/outbound.ts';
import { limits } from '#kernel/limits.ts';

/** More than a configuration has; what is forgotten is made again. */
const mostKept = 256;

/** INVARIANT: two documents share no connection, so that what one lets be asked no other one has. */
export function createFormPoster(outboundFor: (network: OutboundNetwork) => Outbound): FormPoster {
  const kept = new Map<string, Outbound>();
  const outboundOf = (network: OutboundNetwork): Outbound => {
    const name = `${network.loopback} ${network.hosts.join(' ')}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (kept.size >= mostKept) kept.clear();
    const made = outboundFor(network);
    kept.set(name, made);
    return made;
  };
  return {
    async post({ url, network, fields, signal }) {
      const { status, body } = await outboundOf(network).fetch({
        url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
        maxBytes: limits.tokenAnswerBytes,
        timeoutMs: limits.credentialWaitMs,
        signal,
      });
      return { status, body };
    },
  };
}
