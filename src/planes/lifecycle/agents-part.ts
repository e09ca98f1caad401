import type { PlanePart } from '#contracts/plane-part.ts';
import { missingControls } from './autonomy.ts';
import { beyondTemplate } from './within-template.ts';

/** Nothing is read of it: it only has to be there. */
const checked = Object.freeze({});

/** Refuses a configuration in which an agent has more autonomy than its controls carry, or more than its template allows. */
export const agentsPart: PlanePart<object> = {
  name: 'agents',
  compile({ tenants, createdAt }) {
    const problems = Object.values(tenants).flatMap((tenant) =>
      Object.values(tenant.agents).flatMap((agent) => [
        ...missingControls(agent, tenant, createdAt),
        ...beyondTemplate(agent, tenant, createdAt),
      ]),
    );
    return problems.length === 0
      ? { kind: 'compiled', view: checked }
      : { kind: 'refused', problems };
  },
};
