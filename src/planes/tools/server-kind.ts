import { z } from 'zod';
import {
  type DocumentKind,
  type DocumentProblem,
  documentProblems,
} from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import {
  classShape,
  effectSpec,
  keptAs,
  labelsSpec,
  recordSpec,
  resultLabels,
  unknownLabels,
} from '#contracts/target-spec.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import { clientAsks, type OfferClass, type ServerEntry } from '#kernel/snapshot.ts';
import { targetKinds } from '#kernel/target.ts';
import {
  gatewayServer,
  isServerName,
  isToolName,
  softPhases,
  type ToolClass,
} from '#kernel/tool.ts';
import { classChanges } from './class-changes.ts';
import { exceptionsOf, exceptionsSpec } from './exceptions.ts';
import { flowMisfits } from './flow-paths.ts';
import { flowOf, flowSpec } from './server-flow.ts';
import {
  connectOf,
  connectSpec,
  credentialOf,
  credentialProblem,
  credentialSpec,
} from './server-connect.ts';
import { transactionsOf, transactionsSpec } from './server-transactions.ts';
import { serverRisk } from './risk.ts';
import { toldAs, toldShape, type ToldSpec } from './server-told.ts';

/** How much of a result is told at once; the rest is kept for a while. */
const pageSpec = z.strictObject({
  bytes: z.number().int().min(4_096).max(limits.resultBytes).optional(),
  rows: z.number().int().min(1).max(limits.resultPageRows).optional(),
});

const classSpec = z.strictObject({
  effect: effectSpec.optional(),
  ...classShape,
  results: classShape.results
    .unwrap()
    .extend({ page: pageSpec.optional(), ...toldShape })
    .default({}),
  openArguments: z.boolean().default(false),
});

const phaseSpec = z.enum([...softPhases, 'enforce']);

/** Reading is what the protocol says of a resource and of a prompt; a document that knows better says so. */
const offerSpec = z.strictObject({
  effect: effectSpec.default('read'),
  ...classShape,
  results: classShape.results
    .unwrap()
    .extend({ clean: toldShape.clean, scored: toldShape.scored })
    .default({}),
});

const serverSpec = z
  .strictObject({
    connect: connectSpec,
    group: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -')
      .optional(),
    shared: z.literal('stateless').optional(),
    pin: z.enum(['review', 'first-seen']).default('review'),
    phase: phaseSpec.default('enforce'),
    results: z
      .strictObject({
        labels: labelsSpec.optional(),
        record: recordSpec.optional(),
        page: pageSpec.optional(),
        ...toldShape,
        maxBytes: z.number().int().min(1).max(limits.resultBytes).default(limits.resultBytes),
      })
      .default({ maxBytes: limits.resultBytes }),
    timeoutMs: z.number().int().min(1).max(600_000).default(limits.upstreamTimeoutMs),
    credential: credentialSpec.optional(),
    credentials: z.array(credentialSpec).max(16).optional(),
    transactions: transactionsSpec.optional(),
    tools: z
      .record(
        z.string().refine(isToolName, 'this is not the name of a tool'),
        classSpec.extend({ phase: phaseSpec.optional(), flow: flowSpec.optional() }),
      )
      .default({}),
    default: classSpec.optional(),
    exceptions: exceptionsSpec.optional(),
    asks: z.array(z.enum(clientAsks)).max(clientAsks.length).default(['elicitation']),
    resources: offerSpec.optional(),
    prompts: offerSpec.optional(),
  })
  .refine(
    ({ credential, credentials }) => credential === undefined || credentials === undefined,
    'give `credential` or `credentials`, not both',
  )
  .refine(
    ({ transactions, connect }) => transactions === undefined || connect.url !== undefined,
    'transaction tokens (`transactions`) reach only a server with a `url`',
  );

type ServerSpec = z.infer<typeof serverSpec>;

/** A tool server: how it is reached, what it is lent, and what the gateway holds about its tools. */
export const toolServerKind: DocumentKind<ServerEntry> = {
  kind: 'ToolServer',
  section: section<ServerEntry>('servers'),
  schema: serverSpec,
  risk: serverRisk,
  // A command runs as whoever runs the gateway: beside its keys, unless they are another user's.
  writtenBy: ({ connect }) =>
    isJsonObject(connect) && connect['command'] !== undefined ? 'admin' : undefined,
  // Nothing of them is pinned, so a rule may name whichever it likes.
  targets: ({ name: owner, offers = {}, digest }) =>
    targetKinds
      .filter((kind) => offers[kind] !== undefined)
      .map((kind) => ({ target: { kind, owner, name: undefined }, digest })),
  secrets: ({ credentials }) =>
    credentials.flatMap((use) =>
      use.kind === 'exchange' ? (use.exchange.clientSecret ?? []) : [use.secret],
    ),
  recorded: classChanges,
  against: flowMisfits,
  parse(name, given) {
    const problems: DocumentProblem[] = [];
    if (name === gatewayServer) {
      problems.push({
        path: ['name'],
        message: 'what the gateway serves by itself is called so',
        suggestedAction: 'give the tool server another name',
      });
    }
    if (!isServerName(name)) {
      problems.push({
        path: ['name'],
        message: 'this is not the name of a tool server',
        suggestedAction: 'use 1 to 64 of a-z, 0-9 and -; tools are then called `server__tool`',
      });
    }
    const parsed = serverSpec.safeParse(given);
    if (!parsed.success) {
      problems.push(...documentProblems('ToolServer', given, parsed.error.issues, serverSpec));
      return { kind: 'problems', problems };
    }
    const digest = sha256Hex(canonicalBytes({ name, spec: given }));
    const entry = entryOf(name, parsed.data, digest);
    const misfit = credentialProblem(entry.connect, entry.credentials);
    if (misfit !== undefined) {
      const where =
        parsed.data.credential === undefined ? ['credentials', misfit.at] : ['credential'];
      problems.push({
        path: ['spec', ...where],
        message: misfit.message,
        suggestedAction: 'see the kind ToolServer in docs/config.md',
      });
    }
    if (problems.length > 0) return { kind: 'problems', problems };
    return { kind: 'parsed', entry, references: [] };
  },
};

/** What the document says of results of all that the server has. */
interface Usual {
  readonly labels: Labels;
  readonly record: z.infer<typeof recordSpec> | undefined;
  readonly told: ToldSpec;
}

function entryOf(name: string, spec: ServerSpec, digest: string): ServerEntry {
  const given = spec.credentials ?? (spec.credential === undefined ? [] : [spec.credential]);
  const usual: Usual = {
    labels: resultLabels(spec.results.labels),
    record: spec.results.record,
    told: spec.results,
  };
  return {
    name,
    connect: connectOf(spec.connect),
    ...(spec.group === undefined ? {} : { group: spec.group }),
    shared: spec.shared === 'stateless',
    credentials: given.map(credentialOf),
    ...transactionsOf(spec),
    pin: spec.pin,
    timeoutMs: spec.timeoutMs,
    resultBytes: spec.results.maxBytes,
    asks: clientAsks.filter((ask) => spec.asks.includes(ask)),
    defaultClass: inPhase(
      inPages(
        classOf(spec.default ?? classSpec.parse({}), withUnknown(usual)),
        spec.default?.results.page ?? spec.results.page,
      ),
      spec.phase,
    ),
    tools: Object.fromEntries(
      Object.entries(spec.tools).map(([tool, one]) => [
        tool,
        {
          ...inPhase(
            inPages(classOf(one, usual), one.results.page ?? spec.results.page),
            one.phase ?? spec.phase,
          ),
          ...flowOf(tool, one.flow, resultLabels(one.results.labels, usual.labels)),
        },
      ]),
    ),
    ...(spec.exceptions === undefined ? {} : { exceptions: exceptionsOf(spec.exceptions) }),
    offers: {
      resource: offerClassOf(spec.resources, usual),
      prompt: offerClassOf(spec.prompts, usual),
    },
    digest,
  };
}

/**
 * INVARIANT: nobody has looked at what a resource holds or a prompt says, so both are untrusted, until
 * the document says of them themselves that they are not; what it says of tools does not reach here.
 */
function offerClassOf(given: z.infer<typeof offerSpec> | undefined, usual: Usual): OfferClass {
  const spec = given ?? offerSpec.parse({});
  const { labels: said, record } = spec.results;
  return {
    effect: spec.effect,
    reversible: spec.reversible ?? spec.effect === 'read',
    resultLabels: resultLabels(said, withUnknown(usual).labels),
    ...keptAs(record, usual.record),
    ...toldAs(spec.results, { ...usual.told, marks: false }),
    sensitivity: spec.sensitivity,
  };
}

/** INVARIANT: what nobody has classified writes for good, and its results are untrusted. */
function withUnknown(usual: Usual): Usual {
  return { ...usual, labels: [...new Set([...unknownLabels, ...usual.labels])].sort() };
}

function inPhase(toolClass: ToolClass, phase: z.infer<typeof phaseSpec>): ToolClass {
  return phase === 'enforce' ? toolClass : { ...toolClass, phase };
}

function inPages(toolClass: ToolClass, page: z.infer<typeof pageSpec> | undefined): ToolClass {
  if (page === undefined) return toolClass;
  const { bytes, rows } = page;
  const bounds = {
    ...(bytes === undefined ? {} : { bytes }),
    ...(rows === undefined ? {} : { rows }),
  };
  return { ...toolClass, page: bounds };
}

/** INVARIANT: what nobody says the effect of is judged as one that writes, and may show no sign of it. */
function classOf(spec: z.infer<typeof classSpec>, usual: Usual): ToolClass {
  const effect = spec.effect ?? 'write';
  const toolClass: ToolClass = {
    effect,
    reversible: spec.reversible ?? effect === 'read',
    resultLabels: resultLabels(spec.results.labels, usual.labels),
    ...keptAs(spec.results.record, usual.record),
    ...toldAs(spec.results, usual.told),
    openArguments: spec.openArguments,
    sensitivity: spec.sensitivity,
  };
  return spec.effect === undefined ? { ...toolClass, isUndeclared: true } : toolClass;
}
