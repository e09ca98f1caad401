import type { PlanePart } from '#contracts/plane-part.ts';
import { entriesOf } from '#contracts/section.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { ModelView } from './door.ts';
import { providers } from './model-kind.ts';
import { modelView, type TenantModels } from './view.ts';

/** This plane's part of the configuration: which agent sees which models. */
export const modelsPart: PlanePart<ModelView> = {
  name: 'models',
  compile({ tenants }) {
    const read = Object.entries(tenants).map(([name, tenant]) => [name, modelsOf(tenant)]);
    return { kind: 'compiled', view: modelView(Object.fromEntries(read)) };
  },
};

function modelsOf(tenant: TenantSnapshot): TenantModels {
  // Whole: what a user is entitled to narrows what is seen, and stands beside who signed them in.
  return { ...tenant, providers: entriesOf(tenant, providers) };
}
