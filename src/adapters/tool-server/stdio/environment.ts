import type { Lent } from '#contracts/tool-server.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The whole environment of a child, made from nothing. INVARIANT: no variable of this process
 * reaches it except PATH, which says where programs lie and nothing else.
 */
export function childEnvironment(
  document: Readonly<Record<string, string>>,
  lent: readonly Lent[],
): Record<string, string> {
  const made: Record<string, string> = {
    PATH: process.env['PATH'] ?? usualPath,
    LANG: 'C.UTF-8',
    HOME: '/nonexistent',
    ...document,
  };
  for (const one of lent) {
    if (one.kind === 'environment') made[one.variable] = one.value;
  }
  return made;
}
