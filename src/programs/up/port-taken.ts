import { BailiwickError } from '#kernel/errors.ts';
import type { Address, UpOptions } from './options.ts';

type Listeners = Pick<UpOptions, 'gateway' | 'gatewayTls' | 'control'>;

/** The same fault with the flag that moves the listener, where the taken address is one of ours. */
export function namedPort(fault: BailiwickError, options: Listeners): BailiwickError {
  if (fault.code !== 'up/port-taken') return fault;
  const port = /:(\d{1,5})$/.exec(fault.message.trim())?.[1];
  const flags = [
    ['--gateway', options.gateway],
    ['--gateway-tls', options.gatewayTls],
    ['--control', options.control],
  ] as const satisfies readonly (readonly [string, Address | undefined])[];
  const taken = flags.find(([, one]) => one !== undefined && String(one.port) === port);
  if (taken?.[1] === undefined) return fault;
  const [flag, { host }] = taken;
  return new BailiwickError('up/port-taken', {
    message: `something else listens on ${host}:${port} already (\`${flag}\`)`,
    suggestedAction: `end it, or choose another address: \`${flag} ${host}:PORT\` (port 0 takes a free one)`,
  });
}
