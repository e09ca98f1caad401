import { z } from 'zod';
import type { DocumentKind, DocumentProblem } from '#contracts/document-kind.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { CredentialUse, ManifestEntry, ServerConnect, ServerEntry } from '#kernel/snapshot.ts';
import type { ArgumentBound, ToolClass } from '#kernel/tool.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const toolName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,63}\/[A-Za-z0-9_.-]{1,128}$/,
    'name one tool exactly, as SERVER/TOOL',
  );
const sensitivity = z.enum(['public', 'internal', 'sensitive']);

const bound = z.strictObject({
  max: z.number().optional(),
  min: z.number().optional(),
  oneOf: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .min(1)
    .optional(),
  prefix: z.string().min(1).optional(),
});

const manifestSpec = z.strictObject({
  tools: z
    .array(z.strictObject({ tool: toolName, arguments: z.record(z.string(), bound).default({}) }))
    .min(1)
    .max(10_000),
  sensitivity: sensitivity.default('internal'),
});

/** Exactly which tools, with which arguments. No wildcards: what is not named is not there. */
export const manifestKind: DocumentKind<ManifestEntry> = {
  kind: 'Manifest',
  parse(manifestName, given) {
    const parsed = manifestSpec.safeParse(given);
    if (!parsed.success)
      return { kind: 'problems', problems: problemsOf(parsed.error, 'Manifest') };
    const { tools } = parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name: manifestName,
        sensitivity: parsed.data.sensitivity,
        tools: tools.map((one) => ({
          ...split(one.tool),
          bounds: Object.fromEntries(
            Object.entries(one.arguments).map(([argument, given]) => [argument, boundsOf(given)]),
          ),
        })),
      },
      references: tools.map((one, at) => ({
        kind: 'ToolServer',
        name: split(one.tool).server,
        path: ['spec', 'tools', at, 'tool'],
      })),
    };
  },
};

function split(tool: string): { server: string; tool: string } {
  const slash = tool.indexOf('/');
  return { server: tool.slice(0, slash), tool: tool.slice(slash + 1) };
}

function boundsOf(given: z.infer<typeof bound>): ArgumentBound[] {
  const bounds: ArgumentBound[] = [];
  if (given.max !== undefined) bounds.push({ kind: 'max', value: given.max });
  if (given.min !== undefined) bounds.push({ kind: 'min', value: given.min });
  if (given.oneOf !== undefined) bounds.push({ kind: 'one-of', values: given.oneOf });
  if (given.prefix !== undefined) bounds.push({ kind: 'prefix', value: given.prefix });
  return bounds;
}

const labelNames = {
  untrusted: 'integrity:untrusted',
  secret: 'confidentiality:secret',
  personal: 'confidentiality:personal',
  sensitive: 'confidentiality:sensitive',
} as const satisfies Record<string, Label>;
const label = z.enum(['untrusted', 'secret', 'personal', 'sensitive']);
const results = z.strictObject({ labels: z.array(label) });

const classSpec = z.strictObject({
  effect: z.enum(['read', 'write', 'delete']).default('write'),
  reversible: z.boolean().default(false),
  openArguments: z.boolean().default(false),
  sensitivity: sensitivity.default('internal'),
  results: results.optional(),
});

/** Headers that frame the message or speak the protocol are not for credentials. */
const header = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'a header name')
  .refine(
    (text) =>
      !/^(host|content-length|content-type|transfer-encoding|connection|keep-alive|upgrade|te|trailer|accept|mcp-.*)$/i.test(
        text,
      ),
    'this header belongs to the protocol',
  );

const credential = z.union([
  z.strictObject({ secret: name, header, prefix: z.string().max(64).default('') }),
  z.strictObject({
    secret: name,
    environment: z.string().regex(/^[A-Z_][A-Z0-9_]{0,63}$/, 'an environment variable name'),
  }),
]);

const httpUrl = z.string().refine((text) => {
  try {
    const url = new URL(text);
    return (
      (url.protocol === 'http:' || url.protocol === 'https:') &&
      url.username === '' &&
      url.password === '' &&
      url.hash === ''
    );
  } catch {
    return false;
  }
}, 'an http or https URL without user and fragment');

const serverSpec = z.strictObject({
  connect: z.union([
    z.strictObject({ url: httpUrl }),
    z.strictObject({
      command: z.string().min(1),
      args: z.array(z.string()).default([]),
      cwd: z.string().optional(),
      environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
    }),
  ]),
  shared: z.literal('stateless').optional(),
  pin: z.enum(['review', 'first-seen']).default('review'),
  results: z
    .strictObject({
      labels: z.array(label).optional(),
      maxBytes: z.number().int().min(1).max(limits.upstreamMessageBytes).optional(),
    })
    .default({}),
  timeoutMs: z.number().int().min(1).max(600_000).default(limits.upstreamTimeoutMs),
  credential: credential.optional(),
  credentials: z.array(credential).max(8).default([]),
  default: classSpec.optional(),
  tools: z.record(z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/), classSpec).default({}),
});

/** A tool server: how to reach it, what to lend it, what each of its tools can do to the world. */
export const toolServerKind: DocumentKind<ServerEntry> = {
  kind: 'ToolServer',
  parse(serverName, given) {
    const parsed = serverSpec.safeParse(given);
    if (!parsed.success) {
      return { kind: 'problems', problems: problemsOf(parsed.error, 'ToolServer') };
    }
    const spec = parsed.data;
    return { kind: 'parsed', entry: serverEntry(serverName, spec, given), references: [] };
  },
};

function serverEntry(
  serverName: string,
  spec: z.infer<typeof serverSpec>,
  given: JsonObject,
): ServerEntry {
  const serverLabels = spec.results.labels;
  const classOf = (one: z.infer<typeof classSpec>, fallback: readonly Label[]): ToolClass => ({
    effect: one.effect,
    reversible: one.reversible,
    openArguments: one.openArguments,
    sensitivity: one.sensitivity,
    resultLabels:
      (one.results?.labels ?? serverLabels)?.map((text) => labelNames[text]) ?? fallback,
  });
  const credentials = spec.credential === undefined ? [] : [spec.credential];
  return {
    name: serverName,
    connect: connectOf(spec.connect),
    shared: spec.shared === 'stateless',
    credentials: [...credentials, ...spec.credentials].map(credentialOf),
    pin: spec.pin,
    timeoutMs: spec.timeoutMs,
    resultBytes: spec.results.maxBytes ?? limits.resultBytes,
    // What nobody classified is the worst: it writes, for good, and carries others' words.
    defaultClass: classOf(spec.default ?? classSpec.parse({}), ['integrity:untrusted']),
    tools: Object.fromEntries(
      Object.entries(spec.tools).map(([tool, one]) => [tool, classOf(one, [])]),
    ),
    digest: sha256Hex(canonicalText(given as Json)),
  };
}

function connectOf(connect: z.infer<typeof serverSpec>['connect']): ServerConnect {
  if ('url' in connect) return { kind: 'http', url: connect.url };
  const { command, args, cwd, environment } = connect;
  return { kind: 'stdio', command, args, cwd, environment };
}

function credentialOf(use: z.infer<typeof credential>): CredentialUse {
  return 'header' in use
    ? { kind: 'header', secret: use.secret, header: use.header, prefix: use.prefix }
    : { kind: 'environment', secret: use.secret, variable: use.environment };
}

function problemsOf(error: z.ZodError, kind: string): DocumentProblem[] {
  return error.issues.map(({ path, message }) => ({
    path: ['spec', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))],
    message,
    suggestedAction: `see docs/config.md, kind ${kind}`,
  }));
}
