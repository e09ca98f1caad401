import type { Presented } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { ChoreParts } from './chores.ts';
import { callRecordOfBadConnection } from './http/bad-connection.ts';
import { createOutliving } from './http/caller.ts';
import { createHttpHandler } from './http/handler.ts';
import { listen, type Listener } from './http/listener.ts';
import { protectedResources } from './http/protected-resource.ts';
import type { Protocol } from './http/protocol.ts';
import type { Pipeline } from './pipeline.ts';

export interface ServeOptions {
  readonly tenant: string;
  /** The fronts: each serves its own paths of every listener. */
  readonly protocols: readonly Protocol[];
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls:
    | { readonly host: string; readonly port: number; readonly key: string; readonly cert: string }
    | undefined;
  /** Who gives out tokens to clients that ask for none yet; undefined: nobody is named. */
  readonly authorizationServer?: string | undefined;
  /** Where clients of other machines meet it, by https that somebody in front of it ends: an origin. */
  readonly publicUrl?: string | undefined;
  /** Other gateways listen on the same ports. */
  readonly shared?: boolean;
}

export interface Serving {
  /** Where the first front is served. */
  readonly url: string;
  readonly tlsUrl: string | undefined;
  /** By which clients may write its addresses. */
  readonly origins: readonly string[];
  close(graceMs: number): Promise<void>;
}

/** Opens the listeners in front of a pipeline. */
export async function serveGateway(
  parts: ChoreParts,
  pipeline: Pipeline,
  options: ServeOptions,
): Promise<Serving> {
  const publicHosts = hostsOf(options.publicUrl);
  const hosts = new Set<string>(publicHosts);
  const outliving = createOutliving();
  const handler = createHttpHandler({
    pipeline,
    identity: parts.identity,
    stranger: (presented) => strangerTo(parts, options.tenant, presented),
    clock: parts.clock,
    tenant: options.tenant,
    protocols: options.protocols,
    hosts: () => hosts,
    origins: new Set(),
    publicHosts,
    resources: protectedResources(options.protocols, options.authorizationServer),
    outliving,
  });
  const open = (at: { host: string; port: number }, tls: ServeOptions['tls']) =>
    listen({
      ...at,
      shared: options.shared,
      tls,
      handler,
      now: () => parts.clock.now(),
      onBadConnection: (source, reason) =>
        callRecordOfBadConnection(parts, options.tenant, source, reason),
    });
  const plain = await open(options.listen, undefined);
  const secure = options.tls === undefined ? undefined : await open(options.tls, options.tls);
  for (const name of hostNames(plain)) hosts.add(name);
  if (secure !== undefined) for (const name of hostNames(secure)) hosts.add(name);
  const path = options.protocols[0]?.routes[0]?.path ?? '/';
  return {
    url: `http://${plain.host}:${plain.port}${path}`,
    tlsUrl: secure === undefined ? undefined : `https://${secure.host}:${secure.port}${path}`,
    origins: [
      ...[...publicHosts].map((name) => `https://${name}`),
      ...hostNames(plain).map((name) => `http://${name}`),
      ...(secure === undefined ? [] : hostNames(secure).map((name) => `https://${name}`)),
    ],
    async close(graceMs) {
      for (const protocol of options.protocols) protocol.close?.();
      await Promise.all([plain.close(graceMs), secure?.close(graceMs)]);
      await outliving.close();
    },
  };
}

/** Judged by what is in force now; the path judges again, by the configuration that the call keeps. */
function strangerTo(
  { identity, state, clock }: ChoreParts,
  tenant: string,
  presented: Presented,
): Refusal | undefined {
  const { configuration, roster } = state;
  if (configuration === undefined) return refusal('gateway/not-ready', { retryAfter: 1 });
  return identity.stranger(presented, {
    tenant,
    trust: configuration.snapshot.tokens,
    roster,
    now: clock.now(),
  });
}

function hostsOf(publicUrl: string | undefined): ReadonlySet<string> {
  return new Set(publicUrl === undefined ? [] : [new URL(publicUrl).host]);
}

function hostNames({ host, port }: Listener): string[] {
  const names = host === '127.0.0.1' ? ['127.0.0.1', 'localhost'] : [host];
  return names.map((name) => `${name}:${port}`);
}
