import { z } from 'zod';
import { credentialShape, httpUrlSpec } from '#contracts/target-spec.ts';
import type { CredentialUse, ServerConnect } from '#kernel/snapshot.ts';

const text = z
  .string()
  .max(4_096)
  .refine((value) => !value.includes('\0'), 'a NUL is not allowed');
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'use a-z, A-Z, 0-9 and _');

/** One shape with every key, so that a wrong key is named instead of “no union matches”. */
export const connectSpec = z
  .strictObject({
    url: httpUrlSpec.optional(),
    command: text.min(1).optional(),
    args: z.array(text).max(256).optional(),
    cwd: text.min(1).optional(),
    environment: z.record(variable, text).optional(),
  })
  .refine(
    ({ url, command }) => (url === undefined) !== (command === undefined),
    'give either `url` or `command`',
  )
  .refine(
    ({ url, args, cwd, environment }) =>
      url === undefined || (args ?? cwd ?? environment) === undefined,
    '`args`, `cwd` and `environment` belong to `command`, not to `url`',
  );

export const credentialSpec = z
  .strictObject({
    ...credentialShape,
    environment: variable.optional(),
  })
  .refine(
    ({ header, environment }) => (header === undefined) !== (environment === undefined),
    'give either `header` or `environment`',
  )
  .refine(
    ({ prefix, environment }) => prefix === undefined || environment === undefined,
    '`prefix` belongs to `header`',
  );

export function connectOf(spec: z.infer<typeof connectSpec>): ServerConnect {
  if (spec.url !== undefined) return { kind: 'http', url: new URL(spec.url).href };
  return {
    kind: 'stdio',
    command: spec.command ?? '',
    args: spec.args ?? [],
    cwd: spec.cwd,
    environment: spec.environment ?? {},
  };
}

export function credentialOf(spec: z.infer<typeof credentialSpec>): CredentialUse {
  return spec.environment === undefined
    ? {
        kind: 'header',
        secret: spec.secret,
        header: (spec.header ?? '').toLowerCase(),
        prefix: spec.prefix ?? '',
      }
    : { kind: 'environment', secret: spec.secret, variable: spec.environment };
}

/** A credential that could never be used, or that two would fight over, is a mistake. */
export function credentialProblem(
  connect: ServerConnect,
  uses: readonly CredentialUse[],
): { readonly at: number; readonly message: string } | undefined {
  const taken = new Set(connect.kind === 'stdio' ? Object.keys(connect.environment) : []);
  for (const [at, use] of uses.entries()) {
    if (use.kind === 'header' && connect.kind !== 'http') {
      return { at, message: 'a header reaches only a server with a `url`; use `environment`' };
    }
    if (use.kind === 'environment' && connect.kind !== 'stdio') {
      return { at, message: 'an environment reaches only a server with a `command`; use `header`' };
    }
    const name = use.kind === 'header' ? use.header : use.variable;
    if (taken.has(name)) return { at, message: `\`${name}\` is given twice` };
    taken.add(name);
  }
  return undefined;
}
