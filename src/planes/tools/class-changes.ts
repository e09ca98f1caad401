import type { RecordedChange } from '#contracts/document-kind.ts';
import type { Json } from '#kernel/json/value.ts';
import type { RecordType } from '#kernel/record.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
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
  return changesOf('tool.phase-changed', before, after, ({ phase = 'enforce' }) => phase);
}

function changesOf(
  type: RecordType,
  before: ServerEntry | undefined,
  after: ServerEntry,
  of: (toolClass: ToolClass) => string,
): readonly RecordedChange[] {
  const names = new Set([unnamed, ...namesIn(before), ...namesIn(after)]);
  const changes = [...names].flatMap((tool) => {
    const from = before === undefined ? newServer : of(classOf(before, tool));
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

/** What there was nothing of was enforced. */
const newServer = 'enforce';

function namesIn(server: ServerEntry | undefined): readonly string[] {
  return Object.keys(server?.tools ?? {});
}

function classOf({ tools, defaultClass }: ServerEntry, tool: string): ToolClass {
  return own(tools, tool) ?? defaultClass;
}
