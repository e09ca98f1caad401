import { z } from 'zod';
import { credentialHeaderProblem, isCredentialHeader } from '#contracts/credential-header.ts';
import { credentialShape, httpUrlSpec } from '#contracts/target-spec.ts';
import type { CredentialUse, PackagePin, ServerConnect } from '#kernel/snapshot.ts';
import { exchangeOf, exchangeSpec } from './server-exchange.ts';
import { readRequirements, requirementBounds, sameProject } from './provenance/requirements.ts';
import { packageOf } from './provenance/source.ts';

const text = z
  .string()
  .max(4_096)
  .refine((value) => !value.includes('\0'), 'a NUL is not allowed');
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'use a-z, A-Z, 0-9 and _');

/** What HTTP lets stand in a header. */
const headerText = z
  .string()
  .max(4_096)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/, 'use printable ASCII');
const mostHeaders = 32;
const fewHeaders = `at most ${mostHeaders} headers, each once`;

function hasFewHeaders(headers: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  return names.length <= mostHeaders && new Set(names).size === names.length;
}

/** INVARIANT: whoever may read documents reads these: what proves who we are is lent from the vault. */
function headerProblem(name: string): string | undefined {
  if (!isCredentialHeader(name)) return credentialHeaderProblem;
  if (!/^(?:authorization|cookie)$/i.test(name)) return undefined;
  return 'holds a secret: put it into the vault, and lend it by `credential`';
}

/** One shape with every key, so that a wrong key is named instead of “no union matches”. */
export const connectSpec = z
  .strictObject({
    url: httpUrlSpec.optional(),
    command: text.min(1).optional(),
    args: z.array(text).max(256).optional(),
    cwd: text.min(1).optional(),
    environment: z.record(variable, text).optional(),
    package: z
      .strictObject({
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'write 64 hex digits')
          .optional(),
        integrity: z
          .string()
          .regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'copy `dist.integrity` of npm')
          .optional(),
        tree: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'write 64 hex digits')
          .optional(),
        requirements: z.string().max(requirementBounds.characters).optional(),
      })
      .optional(),
    headers: z.record(z.string(), headerText).refine(hasFewHeaders, fewHeaders).optional(),
  })
  .superRefine(({ headers = {} }, context) => {
    for (const name of Object.keys(headers)) {
      const message = headerProblem(name);
      if (message !== undefined)
        context.addIssue({ code: 'custom', path: ['headers', name], message });
    }
  })
  .refine(
    ({ url, command }) => (url === undefined) !== (command === undefined),
    'give either `url` or `command`',
  )
  .superRefine((spec, context) => {
    const message = pinOf(spec);
    if (typeof message === 'string')
      context.addIssue({ code: 'custom', path: ['package'], message });
  })
  .refine(
    ({ url, args, cwd, environment }) =>
      url === undefined || (args ?? cwd ?? environment) === undefined,
    '`args`, `cwd` and `environment` belong to `command`, not to `url`',
  )
  .refine(
    ({ command, headers }) => command === undefined || headers === undefined,
    '`headers` belong to `url`, not to `command`',
  );

const ways = ['header', 'query', 'environment', 'argument'] as const;

export const credentialSpec = z
  .strictObject({
    ...credentialShape,
    secret: credentialShape.secret.optional(),
    exchange: exchangeSpec.optional(),
    query: z.string().min(1).max(128).optional(),
    environment: variable.optional(),
    argument: variable.optional(),
  })
  .refine(
    ({ secret, exchange }) => (secret === undefined) !== (exchange === undefined),
    'give either `secret` or `exchange`',
  )
  .refine(
    (spec) =>
      spec.exchange !== undefined || ways.filter((way) => spec[way] !== undefined).length === 1,
    'give either `header`, `query`, `environment` or `argument`',
  )
  .refine(
    ({ exchange, query, environment, argument }) =>
      exchange === undefined || (query ?? environment ?? argument) === undefined,
    'a token that is exchanged goes in a `header`',
  )
  .refine(
    ({ prefix, header, exchange }) =>
      prefix === undefined || header !== undefined || exchange !== undefined,
    '`prefix` belongs to `header`',
  );

export function connectOf(spec: z.infer<typeof connectSpec>): ServerConnect {
  if (spec.url !== undefined) {
    const headers = Object.entries(spec.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]);
    const said = headers.length === 0 ? {} : { headers: Object.fromEntries(headers) };
    return { kind: 'http', url: new URL(spec.url).href, ...said };
  }
  const { command = '', args = [], cwd, environment = {} } = spec;
  const pin = pinOf(spec);
  const started = { kind: 'stdio', command, args, cwd, environment } as const;
  return typeof pin === 'object' ? { ...started, package: pin } : started;
}

/** The pin, or what is wrong with it. */
function pinOf(spec: PinnedSpec): PackagePin | string | undefined {
  const { package: given, command = '', args = [] } = spec;
  if (given === undefined) return undefined;
  const { sha256, integrity, tree, requirements } = given;
  if (requirements !== undefined) {
    return (sha256 ?? integrity ?? tree) === undefined
      ? pypiPin(requirements, { command, args })
      : 'give `requirements` alone';
  }
  if ((sha256 === undefined) === (integrity === undefined)) {
    return 'give `sha256`, of a program, `integrity`, of a package of npm, or `requirements`, of one of PyPI';
  }
  if (sha256 !== undefined) {
    const isWhole = command.startsWith('/') && tree === undefined;
    return isWhole ? { kind: 'file', sha256 } : '`sha256` is of a `command` with a whole path';
  }
  return npmPin({ integrity, tree }, { command, args });
}

type Launched = Pick<Extract<ServerConnect, { kind: 'stdio' }>, 'command' | 'args'>;

function launchedPackage(launched: Launched) {
  return packageOf({ kind: 'stdio', ...launched, cwd: undefined, environment: {} });
}

function npmPin(
  { integrity, tree }: NonNullable<PinnedSpec['package']>,
  launched: Launched,
): PackagePin | string {
  const named = launchedPackage(launched);
  if (named?.from !== 'npm' || named.version === undefined || integrity === undefined) {
    return '`integrity` is of `npx -y NAME@VERSION`, with a whole version';
  }
  const { name, version, argumentsFrom } = named;
  return {
    kind: 'npm',
    name,
    version,
    integrity,
    argumentsFrom,
    ...(tree === undefined ? {} : { tree }),
  };
}

function pypiPin(text: string, launched: Launched): PackagePin | string {
  const named = launchedPackage(launched);
  if (named?.from !== 'pypi' || named.version === undefined) {
    return '`requirements` are of `uvx NAME==VERSION`, with a whole version';
  }
  const { name, version, argumentsFrom } = named;
  const read = readRequirements(text);
  if (typeof read === 'string') return read;
  if (read.length > requirementBounds.lines) return 'too many requirements';
  if (!read.some((one) => sameProject(one.name, name) && one.version === version)) {
    return `no line of \`requirements\` is of ${name}==${version}`;
  }
  return { kind: 'pypi', name, requirements: read.map(({ line }) => line), argumentsFrom };
}

interface PinnedSpec {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly package?:
    | {
        readonly sha256?: string | undefined;
        readonly integrity?: string | undefined;
        readonly tree?: string | undefined;
        readonly requirements?: string | undefined;
      }
    | undefined;
}

export function credentialOf(spec: z.infer<typeof credentialSpec>): CredentialUse {
  const { secret = '', exchange, header, prefix = '', query, environment, argument } = spec;
  if (exchange !== undefined) return exchangeOf(exchange, spec);
  if (header !== undefined) return { kind: 'header', secret, header: header.toLowerCase(), prefix };
  if (query !== undefined) return { kind: 'query', secret, name: query };
  if (environment !== undefined) return { kind: 'environment', secret, variable: environment };
  return { kind: 'environment', secret, variable: argument ?? '', inArguments: true };
}

/** A credential that could never be used, or that two would fight over, is a mistake. */
export function credentialProblem(
  connect: ServerConnect,
  uses: readonly CredentialUse[],
): { readonly at: number; readonly message: string } | undefined {
  const taken = new Set(namesIn(connect));
  for (const [at, use] of uses.entries()) {
    const message = misfitOf(connect, use);
    if (message !== undefined) return { at, message };
    const name = nameOf(use);
    if (taken.has(name)) return { at, message: `\`${name}\` is given twice` };
    taken.add(name);
  }
  return undefined;
}

function misfitOf(connect: ServerConnect, use: CredentialUse): string | undefined {
  if (use.kind !== 'environment') {
    return connect.kind === 'http'
      ? undefined
      : `a ${use.kind === 'exchange' ? 'token' : use.kind} reaches only a server with a \`url\`; use \`environment\``;
  }
  if (connect.kind !== 'stdio') {
    return 'an environment reaches only a server with a `command`; use `header`';
  }
  const place = `\${${use.variable}}`;
  if (use.inArguments !== true || connect.args.some((arg) => arg.includes(place))) return undefined;
  return `no argument holds \`${place}\``;
}

/** What the document itself says under names that a credential could take. */
function namesIn(connect: ServerConnect): readonly string[] {
  if (connect.kind === 'stdio') return Object.keys(connect.environment);
  const query = [...new URL(connect.url).searchParams.keys()].map(inQuery);
  return [...Object.keys(connect.headers ?? {}), ...query];
}

function nameOf(use: CredentialUse): string {
  if (use.kind === 'header' || use.kind === 'exchange') return use.header;
  return use.kind === 'query' ? inQuery(use.name) : use.variable;
}

/** A header and a member of the query may be called alike. */
function inQuery(name: string): string {
  return `?${name}`;
}
