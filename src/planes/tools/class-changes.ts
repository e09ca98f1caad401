import type { RecordedChange } from '#contracts/document-kind.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import type { RecordType } from '#kernel/record.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import type { ToolClass } from '#kernel/tool.ts';
import { own } from './toolset.ts';

/** So many changes fit into one record whatever the tools are called. */
const changesPerRecord = 100;

/** Stands for all tools that the document does not name. */
const unnamed = '*';

/** What a change of a server's document changes in what is enforced of its tools. */
export function classChanges(
  before: ServerEntry | undefined,
  after: ServerEntry,
): readonly RecordedChange[] {
  return [
    ...changesOf('tool.phase-changed', before, after, phaseOf),
    ...changesOf('tool.effect-changed', before, after, effectOf),
    ...exceptionChanges(before?.exceptions ?? {}, after),
  ];
}

/** Of a server that was not there nothing was said: it was enforced, and could do nothing. */
const phaseOf = (toolClass: ToolClass | undefined): string => toolClass?.phase ?? 'enforce';
const effectOf = (toolClass: ToolClass | undefined): string =>
  toolClass === undefined || toolClass.isUndeclared === true ? 'undeclared' : toolClass.effect;

type Exceptions = NonNullable<ServerEntry['exceptions']>;

function exceptionChanges(
  before: Exceptions,
  { name: server, exceptions = {} }: ServerEntry,
): readonly RecordedChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(exceptions)]);
  return [...names].flatMap((tool): RecordedChange[] => {
    const [from, to] = [own(before, tool), own(exceptions, tool)];
    if (canonicalText({ ...from }) === canonicalText({ ...to })) return [];
    const said = to === undefined ? { ended: 'removed' } : { ...to, until: isoTime(to.until) };
    return [{ type: 'tool.exception-changed', details: { server, tool, ...said } }];
  });
}

function changesOf(
  type: RecordType,
  before: ServerEntry | undefined,
  after: ServerEntry,
  of: (toolClass: ToolClass | undefined) => string,
): readonly RecordedChange[] {
  const names = new Set([unnamed, ...namesIn(before), ...namesIn(after)]);
  const changes = [...names].flatMap((tool) => {
    const from = of(before === undefined ? undefined : classOf(before, tool));
    const to = of(classOf(after, tool));
    return from === to ? [] : [{ tool, from, to }];
  });
  const records: RecordedChange[] = [];
  for (let at = 0; at < changes.length; at += changesPerRecord) {
    const some: Json[] = changes.slice(at, at + changesPerRecord);
    records.push({ type, details: { server: after.name, changes: some } });
  }
  return records;
}

function namesIn(server: ServerEntry | undefined): readonly string[] {
  return Object.keys(server?.tools ?? {});
}

function classOf({ tools, defaultClass }: ServerEntry, tool: string): ToolClass {
  return own(tools, tool) ?? defaultClass;
}
