import {
  type Difference,
  type RiskRules,
  type RiskWorld,
  type TightRule,
  valueText,
} from '#contracts/document-risk.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { visibleText } from '#kernel/text/index.ts';
import { parseToolId } from '#kernel/tool.ts';

const bounds = '*.arguments.*';

/** Of whatever lists what may be used, an entitlement too. */
export const listedLists: RiskRules['lists'] = {
  tools: { key: 'tool' },
  [`tools.${bounds}.oneOf`]: 'set',
  'tools.*.fields': 'set',
  targets: { key: 'target' },
  [`targets.${bounds}.oneOf`]: 'set',
};

/** A bounded argument must be given and lie inside: one more bound only takes away. */
const boundRules = (list: string): readonly TightRule[] => [
  { at: `${list}.${bounds}`, is: 'added' },
  { at: `${list}.${bounds}.max`, is: 'limited' },
  { at: `${list}.${bounds}.min`, is: 'limited-below' },
  { at: `${list}.${bounds}.oneOf`, is: 'added' },
  { at: `${list}.${bounds}.oneOf.*`, is: 'removed' },
  { at: `${list}.${bounds}.prefix`, is: 'added' },
];

/**
 * INVARIANT: of `targets` nothing is less when it goes: an address that two servers give is refused, and one that
 * is left alone is not.
 */
export const listedTightenings: readonly TightRule[] = [
  { at: 'tools.*', is: 'removed' },
  ...boundRules('tools'),
  // No list of `fields` is one: what is dropped may have been what kept a call from acting.
  { at: 'tools.*.surplus', is: { to: 'refuse' } },
  ...boundRules('targets'),
  { at: 'sensitivity', is: { down: ['public', 'internal', 'sensitive'] } },
];

export const manifestRisk: RiskRules = {
  lists: listedLists,
  tightenings: listedTightenings,
  gone: 'tightening',
  says: (difference, name, world) => listedWords(difference, usersOf(name, world), world),
};

/** The agents that use a manifest. */
function usersOf(manifest: string, { before, after }: RiskWorld): string {
  const agents = Object.values({ ...before?.agents, ...after?.agents });
  const names = agents.filter((one) => one.manifest === manifest).map(({ name }) => name);
  return names.length === 0 ? `whoever uses manifest \`${manifest}\`` : names.sort().join(', ');
}

export function listedWords(
  { path, before, after }: Difference,
  who: string,
  world: RiskWorld,
): string | undefined {
  const [list = '', item = '', ...inside] = path;
  const named = visibleText(item, { maxLength: 300 });
  if (list === 'sensitivity') {
    return before === undefined
      ? `${who}: may touch what is ${valueText(after)}`
      : `${who}: may touch what is ${valueText(after)}, and not ${valueText(before)}`;
  }
  if (list !== 'tools' && list !== 'targets') return undefined;
  if (inside.length === 0 && item !== '') {
    if (list === 'targets') {
      return after === undefined
        ? `${who}: loses ${named}`
        : `${who}: gains ${named}${freely(after)}`;
    }
    const what = toolWords(item, after === undefined ? world.before : world.after);
    return after === undefined
      ? `${who}: loses a tool ${what}: ${named}`
      : `${who}: gains a tool ${what}: ${named}${freely(after)}`;
  }
  const argument = visibleText(inside.slice(1).join('.'), { maxLength: 300 });
  if (after === undefined) return `${who}: the bound \`${argument}\` of ${named} goes`;
  return `${who}: \`${argument}\` of ${named} is bound otherwise: ${valueText(after)}${before === undefined ? '' : ` (it was ${valueText(before)})`}`;
}

function freely(item: unknown): string {
  const given = isJsonObject(item) ? item['arguments'] : undefined;
  const isBound = isJsonObject(given) && Object.keys(given).length > 0;
  return isBound ? ', within bounds' : '';
}

/** What the document of its server says of a tool; what nobody said writes. */
function toolWords(tool: string, tenant: RiskWorld['after']): string {
  const id = parseToolId(tool);
  const server = id === undefined ? undefined : tenant?.servers[id.server];
  if (id === undefined || server === undefined) return 'that nobody has classified';
  const found = Object.hasOwn(server.tools, id.tool) ? server.tools[id.tool] : undefined;
  const { effect, isUndeclared } = found ?? server.defaultClass;
  if (isUndeclared === true) return 'that nobody has classified, so it counts as one that writes';
  return { read: 'that reads', write: 'that writes', delete: 'that deletes' }[effect];
}
