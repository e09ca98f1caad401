import { agentRoutes } from './agents.ts';
import { approvalRoutes } from './approvals.ts';
import { documentRoutes } from './documents.ts';
import { identityRoutes } from './identity.ts';
import { policyRoutes } from './policies.ts';
import { policyCheckRoutes } from './policy-check.ts';
import { recordRoutes } from './records.ts';
import type { Route } from './route.ts';
import { setupRoutes } from './setup.ts';
import { statusRoutes } from './status.ts';
import { stopRoutes } from './stops.ts';
import { toolRoutes } from './tools.ts';

/** The whole API; a test pins it and proves that every route has its audit action. */
export const routes: readonly Route[] = [
  ...setupRoutes,
  ...statusRoutes,
  ...identityRoutes,
  ...agentRoutes,
  ...documentRoutes,
  ...toolRoutes,
  ...approvalRoutes,
  ...policyCheckRoutes,
  ...policyRoutes,
  ...stopRoutes,
  ...recordRoutes,
];
