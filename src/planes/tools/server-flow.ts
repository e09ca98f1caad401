import { z } from 'zod';
import { domainSpec, mostPaths, pathSpec } from './argument-path.ts';
import { confidentialLabels, confidentialSpec } from '#contracts/target-spec.ts';
import { longestOutflowMs, usualBulk } from '#contracts/outflow-book.ts';
import { isConfidential, type Label, type Labels } from '#kernel/label.ts';
import { sinkKinds, type ToolFlow } from '#kernel/tool.ts';

const hourMs = 3_600_000;

const pathsSpec = z.array(pathSpec).max(mostPaths).default([]);

/** One word, as a user writes it; `readWords` compares it from its beginning. */
const deedSpec = z
  .string()
  .regex(/^\p{L}{2,32}$/u, 'a deed is one word of letters, such as `send`')
  .transform((word) => word.toLowerCase());

const clearanceSpec = z.strictObject({
  labels: confidentialSpec.default([]),
  inside: z
    .strictObject({ domains: z.array(domainSpec).min(1).max(32), labels: confidentialSpec })
    .optional(),
});

const mostLabels = 32;

/** By path of a field, of a list of them, or of an object with all that is in it. */
const fieldLabelsSpec = z
  .record(pathSpec, confidentialSpec)
  .refine((labels) => Object.keys(labels).length <= mostPaths, `at most ${mostPaths} paths`)
  .refine(
    (labels) => new Set(Object.values(labels).flat()).size <= mostLabels,
    `at most ${mostLabels} different labels`,
  )
  .optional();

const mostObjectPlaces = 16;
const kindSpec = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a kind of thing is a short word, such as `file` or `memory`');
const objectsSpec = z
  .strictObject({
    writes: z
      .array(
        z.strictObject({
          kind: kindSpec,
          at: pathSpec,
          how: z.enum(['whole', 'part']).default('part'),
        }),
      )
      .max(mostObjectPlaces)
      .default([]),
    makes: z
      .array(z.strictObject({ kind: kindSpec, in: pathSpec }))
      .max(mostObjectPlaces)
      .default([]),
    reads: z
      .array(
        z
          .strictObject({ kind: kindSpec, at: pathSpec.optional(), in: pathSpec.optional() })
          .refine(
            (one) => one.at === undefined || one.in === undefined,
            'name it by an argument (`at`) or by the result (`in`), not by both',
          ),
      )
      .max(mostObjectPlaces)
      .default([]),
  })
  .optional();

const countSpec = z
  .int()
  .min(0)
  .max(2 ** 40);
const bulkSpec = z
  .strictObject({
    at: pathSpec.optional(),
    in: pathSpec.optional(),
    call: z.strictObject({ rows: countSpec.optional(), bytes: countSpec.optional() }).default({}),
    window: z
      .strictObject({
        hours: z
          .int()
          .min(1)
          .max(longestOutflowMs / hourMs)
          .optional(),
        rows: countSpec.optional(),
        bytes: countSpec.optional(),
        calls: countSpec.optional(),
      })
      .default({}),
    over: z.enum(['ask', 'refuse']).default('ask'),
  })
  .optional();

export const flowSpec = z
  .strictObject({
    sinks: z
      .record(pathSpec, z.enum(sinkKinds))
      .refine((sinks) => Object.keys(sinks).length <= mostPaths, `at most ${mostPaths} sinks`)
      .default({}),
    deeds: z.array(deedSpec).max(32).optional(),
    speaks: z.boolean().default(false),
    clearance: clearanceSpec.optional(),
    objects: objectsSpec,
    bulk: bulkSpec,
    yes: z
      .strictObject({
        repeats: z.boolean().default(false),
        byUser: z.array(z.enum(sinkKinds)).max(sinkKinds.length).default([]),
      })
      .optional(),
    results: z
      .strictObject({
        asserted: pathsSpec,
        ids: pathsSpec,
        names: pathsSpec,
        directory: z.boolean().default(false),
        labels: fieldLabelsSpec,
      })
      .default({ asserted: [], ids: [], names: [], directory: false })
      .superRefine(({ asserted, ids, names }, context) => {
        for (const [field, paths] of Object.entries({ ids, names })) {
          for (const [at, path] of paths.entries()) {
            if (asserted.includes(path)) continue;
            const message = `\`${path}\` is not among \`asserted\`: a stranger could write it`;
            context.addIssue({ code: 'custom', path: [field, at], message });
          }
        }
      }),
  })
  .refine(
    ({ speaks, sinks }) => !speaks || Object.keys(sinks).length > 0,
    'a read that speaks needs its `sinks`',
  );

/** As the Snapshot holds it: nothing left to be assumed. */
export function flowOf(
  tool: string,
  spec: z.infer<typeof flowSpec> | undefined,
  usual: Labels,
): { readonly flow?: ToolFlow; readonly resultLabels?: Labels } {
  if (spec === undefined) return {};
  const { sinks, deeds, speaks, yes, results } = spec;
  const labels = labelsOf(results.labels);
  const whole = usual.filter(isConfidential);
  const carried = [...new Set([...usual, ...Object.values(labels ?? {}).flat()])].sort();
  return {
    ...(labels === undefined ? {} : { resultLabels: carried }),
    flow: {
      sinks,
      deeds: deeds ?? wordsOf(tool),
      ...(speaks ? { speaks } : {}),
      asserted: results.asserted,
      ids: results.ids,
      names: results.names,
      ...(results.directory ? { directory: true } : {}),
      ...yesOf(yes),
      ...clearanceOf(spec.clearance),
      ...objectsOf(spec.objects),
      ...bulkOf(spec.bulk),
      ...(labels === undefined ? {} : { labels }),
      ...(whole.length === 0 ? {} : { whole }),
    },
  };
}

type FlowSpec = NonNullable<z.infer<typeof flowSpec>>;

function labelsOf(
  given: FlowSpec['results']['labels'],
): Readonly<Record<string, readonly Label[]>> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(given).map(([path, labels]) => [path, confidentialLabels(labels)]),
  );
}

function clearanceOf(given: FlowSpec['clearance']): Pick<ToolFlow, 'clearance'> {
  if (given === undefined) return {};
  const { labels, inside } = given;
  return {
    clearance: {
      labels: confidentialLabels(labels),
      ...(inside === undefined
        ? {}
        : { inside: { domains: inside.domains, labels: confidentialLabels(inside.labels) } }),
    },
  };
}

function objectsOf(given: FlowSpec['objects']): Pick<ToolFlow, 'objects'> {
  if (given === undefined) return {};
  return {
    objects: {
      writes: given.writes.map(({ how, ...place }) =>
        how === 'whole' ? { ...place, whole: true as const } : place,
      ),
      makes: given.makes,
      reads: given.reads.map(({ kind, at, in: within }) => ({
        kind,
        ...(at === undefined ? {} : { at }),
        ...(within === undefined ? {} : { in: within }),
      })),
    },
  };
}

/** What it leaves out is as usual. */
function bulkOf(given: FlowSpec['bulk']): Pick<ToolFlow, 'bulk'> {
  if (given === undefined) return {};
  const { at, in: within, call, window, over } = given;
  const { hours, ...amounts } = window;
  return {
    bulk: {
      ...(at === undefined ? {} : { at }),
      ...(within === undefined ? {} : { in: within }),
      call: withUsual(call, usualBulk.call),
      window: {
        ...withUsual(amounts, usualBulk.window),
        ms: hours === undefined ? usualBulk.window.ms : hours * hourMs,
      },
      ...(over === 'refuse' ? { refuses: true } : {}),
    },
  };
}

function withUsual<Usual extends Record<string, number>>(
  given: { readonly [Name in keyof Usual]?: number | undefined },
  usual: Usual,
): Usual {
  const all = Object.entries(usual).map(([name, most]) => [name, given[name] ?? most]);
  return Object.fromEntries(all) as Usual;
}

function yesOf(given: FlowSpec['yes']): Pick<ToolFlow, 'yes'> {
  if (given === undefined) return {};
  const { repeats, byUser } = given;
  return {
    yes: { ...(repeats ? { repeats } : {}), ...(byUser.length === 0 ? {} : { byUser }) },
  };
}

/** `send_mail` and `sendMail` are wanted by whoever says `send` or `mail`. */
function wordsOf(tool: string): readonly string[] {
  const parts = tool
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  return [...new Set(parts.filter((part) => part.length >= 3 && part.length <= 32))];
}
