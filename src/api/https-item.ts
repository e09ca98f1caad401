import { isLoopback } from '#contracts/loopback.ts';

/** How a program is met: where it listens in plain HTTP, and by which https address in front of that. */
export interface MetPlace {
  readonly name: string;
  readonly host: string;
  readonly publicUrl: string | undefined;
}

export interface HttpsItem {
  readonly item: 'https';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** Undefined where nobody but this machine meets them. */
export function httpsItem(places: readonly MetPlace[]): HttpsItem | undefined {
  const open = places.filter(({ host }) => !isLoopback(host));
  const bare = open.filter(({ publicUrl }) => publicUrl === undefined);
  if (bare.length > 0) {
    const why = `${named(bare)} without https: credentials and answers cross the network in the clear; put a proxy with TLS in front and start with \`--public-url\` and \`--public-gateway\``;
    return { item: 'https', state: 'red', why };
  }
  if (open.length > 0) {
    const why = `${named(open)} in the clear behind https: nobody but the proxy may reach that`;
    return { item: 'https', state: 'amber', why };
  }
  const met = places.flatMap(({ name, publicUrl }) =>
    publicUrl === undefined ? [] : [`${name} at ${publicUrl}`],
  );
  return met.length === 0 ? undefined : { item: 'https', state: 'green', why: met.join(', ') };
}

/** Whether people or clients of other machines come at all. */
export function isMetByOthers(places: readonly MetPlace[]): boolean {
  return places.some(({ host, publicUrl }) => publicUrl !== undefined || !isLoopback(host));
}

function named(places: readonly MetPlace[]): string {
  return places.map(({ name, host }) => `${name} listens on ${host}`).join(' and ');
}
