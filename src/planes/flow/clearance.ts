import { isConfidential, type Label, type Labels } from '#kernel/label.ts';
import type { EffectClass, ToolFlow } from '#kernel/tool.ts';
import { kindOf } from './calls.ts';
import type { SinkValue } from './values.ts';

/** What is known of where a call goes. */
export interface Sink {
  /** Undefined: its document says nothing of it. */
  readonly flow: ToolFlow | undefined;
  readonly effect: EffectClass;
  readonly sensitivity: 'public' | 'internal' | 'sensitive';
}

const none: Labels = [];
const ownUse: Labels = ['confidentiality:personal', 'confidentiality:sensitive'];

/** It tells somebody, or nobody says that it does not. */
export function leavesBy({ flow }: Pick<Sink, 'flow'>): boolean {
  if (flow === undefined || flow.speaks === true) return true;
  return Object.values(flow.sinks).some((kind) => kind === 'recipient' || kind === 'url');
}

/**
 * What may be told by it. INVARIANT: what is not said is least: what leaves has no clearance, what stays is for what is the
 * company's own, and nothing is for secrets or for what belongs to somebody else.
 */
export function clearanceOf(sink: Sink, values: readonly SinkValue[]): Labels {
  const clearance = sink.flow?.clearance;
  if (clearance === undefined) {
    return leavesBy(sink) || sink.sensitivity === 'public' ? none : ownUse;
  }
  const { labels, inside } = clearance;
  const goes = values.filter(({ argument }) => isAddress(sink.flow, argument));
  if (inside === undefined || goes.length === 0) return labels;
  const isInside = goes.every(({ keys }) => keys.every((key) => isAt(inside.domains, key)));
  return isInside ? [...new Set([...labels, ...inside.labels])] : labels;
}

/** A link in a text that is told is no place that it goes to. */
function isAddress(flow: Sink['flow'], argument: string): boolean {
  const kind = flow && kindOf(flow.sinks, argument.replace(/\[\d{1,9}\]/g, '[]'));
  return kind === 'recipient' || kind === 'url';
}

/** `recipient ann@acme.example`, `url files.acme.example/…`: by the whole host, or one below it. */
export function isAt(domains: readonly string[], key: string): boolean {
  const said = key.slice(key.indexOf(' ') + 1);
  const host = key.startsWith('recipient ')
    ? said.slice(said.lastIndexOf('@') + 1)
    : key.startsWith('url ')
      ? (/^[^/?#]*/.exec(said)?.[0] ?? '').replace(/:\d{1,5}$/, '')
      : '';
  const isName = /^[a-z0-9.-]+$/.test(host);
  return isName && domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** What of these it may not tell. */
export function aboveOf(labels: Iterable<Label>, clearance: Labels): Labels {
  const above = new Set<Label>();
  for (const label of labels) {
    if (isConfidential(label) && !clearance.includes(label)) above.add(label);
  }
  return [...above].sort();
}
