import { createHmac, randomBytes } from 'node:crypto';
import { modelJudge } from '#planes/models/index.ts';
import { type Content, contentOf } from '#kernel/call.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { anyOwner, type Target, targetText } from '#kernel/target.ts';
import type { ActionFile, Aimed } from './action.ts';
import type { SoFar } from './progress.ts';
import type { Asking } from './subject.ts';

/** What a record has in place of a name that nobody has, and that name, to be sealed. */
export interface WithoutUnknownName {
  readonly draft: RecordDraft;
  readonly name: Buffer | undefined;
}

/** Of a longer one only its beginning is kept. */
const keptLetters = 1_024;

/**
 * A name that names nothing here is what its caller typed. INVARIANT: it stands in no leaf. There it is an `unknown:`
 * with a keyed digest, by which the same name is known again while this program runs, and by nobody who has not its
 * memory; the name itself is sealed with the record. A name that a document or a pin has is ours, whoever may see it.
 */
export type UnknownNames = (draft: RecordDraft, walk: SoFar) => WithoutUnknownName;

export function createUnknownNames(key: Uint8Array = randomBytes(32)): UnknownNames {
  return (draft, walk) => {
    const { named, questions } = draft;
    if (named === undefined || isKnown(walk)) return { draft, name: undefined };
    const digest = createHmac('sha256', key).update(`${draft.tenant}\n${named}`).digest('hex');
    const instead = `unknown:${digest.slice(0, 16)}`;
    const asks = `${draft.method ?? ''} ${instead}`;
    return {
      draft: {
        ...draft,
        named: instead,
        ...(questions === undefined ? {} : { questions: { ...questions, asks } }),
      },
      name: Buffer.from(named.slice(0, keptLetters).toWellFormed()),
    };
  };
}

function isKnown({ call, file, subject, principal, agent, configuration }: SoFar): boolean {
  // What a handle alone names is called as we call it.
  if (subject !== undefined || call.action.kind === 'result-page') return true;
  const content = contentOf(call.action);
  if (content === undefined || !isAimed(content) || configuration === undefined) return false;
  const asked = principal && { call, configuration, principal, agent };
  const target = asked === undefined ? content.target : meant(file, asked, content);
  // A list of all that somebody has: its name is the method.
  if (target.name === undefined) return content.named === call.method;
  const tenant = configuration.snapshot.tenants[principal?.tenant ?? call.tenant];
  if (tenant === undefined) return false;
  return namesOf(tenant).has(targetText(target)) || isModel(asked, target);
}

function isAimed(content: Content): content is Aimed {
  return content.target !== undefined;
}

function meant(file: ActionFile, asked: Asking, content: Aimed): Target {
  if (file.route !== 'acting' && file.route !== 'asking') return content.target;
  return file.means?.(asked, content) ?? content.target;
}

function isModel(asked: Asking | undefined, target: Target): boolean {
  return target.kind === 'model' && asked !== undefined && modelJudge.declares(asked, target);
}

const known = new WeakMap<TenantSnapshot, ReadonlySet<string>>();

/** Everything that has a name of its own in a document or a pin: not what lies below a folder. */
function namesOf(tenant: TenantSnapshot): ReadonlySet<string> {
  let names = known.get(tenant);
  if (names === undefined) {
    names = new Set(targetsOf(tenant));
    known.set(tenant, names);
  }
  return names;
}

function* targetsOf({
  pins,
  servers,
  manifests,
  entitlements = {},
}: TenantSnapshot): Generator<string> {
  for (const [owner, tools] of Object.entries(pins)) yield* toolsOf(owner, tools);
  for (const [owner, { tools }] of Object.entries(servers)) yield* toolsOf(owner, tools);
  for (const { targets } of [...Object.values(manifests), ...Object.values(entitlements)]) {
    for (const { target, prefix } of targets) {
      if (prefix) continue;
      yield targetText(target);
      // A resource is named without its server.
      if (target.kind === 'resource') yield targetText(anywhere(target));
    }
  }
}

function toolsOf(owner: string, tools: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(tools).map((name) => targetText({ kind: 'tool', owner, name }));
}

function anywhere(target: Target): Target {
  return { ...target, owner: anyOwner };
}
