import { checkReason, checkRight } from '#contracts/desk.ts';
import { createTurns } from '#kernel/turns.ts';
import { approve, findingsOf, type ToolDeskParts } from './approve.ts';
import { approveAll } from './approve-all.ts';
import type { ToolDesk } from './door.ts';
import { reject } from './reject.ts';
import { asPeopleSee, pageAsSeen } from './shut.ts';

export type { ToolDeskParts } from './approve.ts';

export function createToolDesk(parts: ToolDeskParts): ToolDesk {
  const turns = createTurns();
  return {
    list: async (tenant, server) => asPeopleSee(parts, await parts.catalogue.list(tenant, server)),
    page: (wanted) => pageAsSeen(parts, wanted),
    async show(tenant, server, tool) {
      const entry = await parts.catalogue.get(tenant, server, tool);
      return entry === undefined ? undefined : (await asPeopleSee(parts, [entry]))[0];
    },
    countsByServer: (tenant) => parts.catalogue.countsByServer(tenant),
    findings: (entry) => findingsOf(parts, entry),
    async approve(act) {
      checkRight(act, 'operator');
      if (act.reason !== undefined) checkReason({ reason: act.reason });
      const { by, server, tool } = act;
      return turns.take(turnOf(by.tenant, server, tool), () => approve(parts, act));
    },
    async reject(act) {
      checkRight(act, 'operator');
      checkReason(act);
      const { by, server, tool } = act;
      return turns.take(turnOf(by.tenant, server, tool), () => reject(parts, act));
    },
    async approveAll(act) {
      checkRight(act, 'operator');
      if (act.reason !== undefined) checkReason({ reason: act.reason });
      const { by, server, tools } = act;
      // In one order, so that two such acts never wait for each other.
      const names = [...new Set(tools.map(({ tool }) => tool))].sort();
      const keys = names.map((tool) => turnOf(by.tenant, server, tool));
      const step = () => approveAll(parts, act);
      return keys.reduceRight<typeof step>((inner, key) => () => turns.take(key, inner), step)();
    },
  };
}

function turnOf(tenant: string, server: string, tool: string): string {
  return `${tenant} ${server} ${tool}`;
}
