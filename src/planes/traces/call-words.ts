import type { RecordEnvelope } from '#kernel/record.ts';
import { parseTarget, type Target } from '#kernel/target.ts';
import { names, operations, own, toolError } from './conventions.ts';
import type { Attribute } from './door.ts';

/** Whose names say what was asked for and nothing of what with: a URI may be filled with data. */
const plainKinds: ReadonlySet<Target['kind']> = new Set(['tool', 'prompt', 'model']);

/** `tools/call create_refund`, `chat gpt-5`: few names, however many calls. */
export function nameOf(record: RecordEnvelope): string {
  const method = isChat(record) ? operations.chat : methodOf(record);
  const called = targetOf(record)?.name;
  return called === undefined ? method : `${method} ${called}`;
}

export function failureOf({ refusal, details }: RecordEnvelope): string | undefined {
  // The message may repeat what the caller wrote; the code is ours.
  if (refusal !== undefined) return refusal.code;
  return details?.['toolError'] === true ? toolError : undefined;
}

export function callAttributes(record: RecordEnvelope): Readonly<Record<string, Attribute>> {
  const { id, tenant, task, session, effect, decision, refusal, traceIgnored } = record;
  return given({
    [names.agentName]: lastAgent(record),
    [names.errorType]: failureOf(record),
    ...aboutTarget(record),
    ...aboutAnswer(record),
    [own.record]: id,
    [own.tenant]: tenant,
    [own.task]: task,
    [own.session]: session,
    [own.decision]: decision?.effect,
    [own.rules]: decision?.rules,
    [own.effect]: effect,
    [own.stage]: refusal?.stage,
    [own.traceIgnored]: traceIgnored,
  });
}

/** Who acts; those before it handed it on. */
export function lastAgent({ actors }: RecordEnvelope): string | undefined {
  return actors.findLast(({ kind }) => kind === 'agent')?.name;
}

type Told = Readonly<Record<string, Attribute | undefined>>;

function aboutTarget(record: RecordEnvelope): Told {
  const target = targetOf(record);
  const beside: Told = isMcp(record) ? { [names.mcpMethod]: record.method } : {};
  if (target === undefined) return beside;
  const { kind, owner, name } = target;
  const about: Told = { ...beside, [own.target]: record.target?.target };
  if (kind === 'model') {
    const operation = operations.chat;
    return {
      ...about,
      [names.operation]: operation,
      [names.provider]: owner,
      [names.requestModel]: name,
    };
  }
  if (kind === 'prompt') return { ...about, [names.promptName]: name };
  return { ...about, [names.toolName]: name, [names.operation]: operations.tool };
}

function aboutAnswer({ usage, parts, result }: RecordEnvelope): Told {
  return {
    [names.inputTokens]: usage?.inputTokens,
    [names.outputTokens]: usage?.outputTokens,
    [own.estimated]: usage?.estimated,
    [own.windows]: parts?.count,
    [own.bytes]: parts?.bytes ?? result?.bytes,
  };
}

/** Undefined where it is not known, was not resolved, or would say more than what was asked for. */
function targetOf({ target }: RecordEnvelope): Target | undefined {
  const parsed = target === undefined ? undefined : parseTarget(target.target);
  return parsed !== undefined && plainKinds.has(parsed.kind) ? parsed : undefined;
}

function isChat({ method }: RecordEnvelope): boolean {
  return method === 'chat/completions';
}

/** A refused method is whatever its caller wrote: only what looks like one is told. */
function methodOf({ method = '' }: RecordEnvelope): string {
  return mcpMethod.test(method) || besideMcp.has(method) ? method : 'unknown';
}

const mcpMethod = /^[a-z][A-Za-z]{0,31}(?:\/[a-z_A-Z]{1,32}){0,3}$/;
/** What is asked over HTTP without a message of MCP. */
const besideMcp: ReadonlySet<string> = new Set(['GET', 'DELETE', 'models', 'chat/completions']);

function isMcp({ method = '' }: RecordEnvelope): boolean {
  return mcpMethod.test(method) && !besideMcp.has(method);
}

/** What is not known is not told. */
export function given(told: Told): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(
    Object.entries(told).filter(
      (one): one is [string, Attribute] => one[1] !== undefined && one[1] !== '',
    ),
  );
}
