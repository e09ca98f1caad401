import type { OutsideValue } from '#kernel/decision.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { staysBelow } from '#kernel/prefix.ts';
import type { DataScope, SinkKind, ToolFlow } from '#kernel/tool.ts';
import { kindOf, sinkValues } from './calls.ts';
import { isAt } from './clearance.ts';
import type { SinkValue } from './values.ts';

/** More are not told. INVARIANT: where so many are, there may be others. */
export const mostOutside = 16;

/**
 * Which values of a call lead outside of a scope of data, by the kind of sink that its document declares. INVARIANT: of a kind
 * that the scope names, what cannot be read is outside; of one that it does not name nothing is.
 */
export function outsideOf(
  given: JsonObject,
  flow: ToolFlow,
  scope: DataScope,
): readonly OutsideValue[] {
  const { values, cut } = sinkValues(given, flow);
  // A link in a text that is told is no place that it goes to.
  const outside = values.filter((one) => isSink(flow, one) && !isInside(one, scope));
  const found = outside.map(({ argument, kind }) => ({ argument, kind }));
  const all = cut ? [...found, { argument: '', kind: 'payload' as const }] : found;
  return all.slice(0, mostOutside);
}

function isSink({ sinks }: ToolFlow, { argument, kind }: SinkValue): boolean {
  return kindOf(sinks, argument.replace(/\[\d{1,9}\]/g, '[]')) === kind;
}

function isInside({ kind, keys, text }: SinkValue, scope: DataScope): boolean {
  const { paths, hosts, ids, accounts } = scope;
  const within: Readonly<Partial<Record<SinkKind, boolean>>> = {
    path: paths === undefined || paths.some((folder) => staysBelow(text, folder)),
    objectId: ids === undefined || ids.some((prefix) => text.startsWith(prefix)),
    account: accounts === undefined || accounts.some((one) => plain(text) === plain(one)),
    recipient: hosts === undefined || keys.every((key) => isAt(hosts, key)),
    url: hosts === undefined || keys.every((key) => isAt(hosts, key)),
  };
  return within[kind] ?? true;
}

function plain(account: string): string {
  return account.replace(/[\s-]/g, '').toLowerCase();
}
