import { agentRoutes } from './agents.ts';
import { annotationRoutes } from './annotations.ts';
import { missingLogRoutes } from './missing-logs.ts';
import { auditRoutes } from './audit.ts';
import { retentionRoutes } from './retention.ts';
import { approvalActivityRoutes } from './approval-activity.ts';
import { approvalBesideRoutes } from './approval-beside.ts';
import { approvalRoutes } from './approvals.ts';
import { countRoutes } from './counts.ts';
import { consentRoutes } from './consents.ts';
import { delegationRoutes } from './delegations.ts';
import { directoryRoutes } from './directory.ts';
import { changeRoutes } from './changes.ts';
import { documentRoutes } from './documents.ts';
import { effectRoutes } from './effects.ts';
import { objectRoutes } from './objects.ts';
import { eventRoutes } from './events.ts';
import { identityRoutes } from './identity.ts';
import { evidenceRoutes } from './evidence.ts';
import { overrideRoutes } from './overrides.ts';
import { passkeyRoutes } from './passkeys.ts';
import { peopleRoutes } from './people.ts';
import { policyRoutes } from './policies.ts';
import { privacyRoutes } from './privacy.ts';
import { recordRoutes } from './records.ts';
import { openApiRoutes } from './openapi.ts';
import type { Route } from './route.ts';
import { secretRoutes } from './secrets.ts';
import { serverRoutes } from './servers.ts';
import { sessionRoutes } from './sessions.ts';
import { statusRoutes } from './status.ts';
import { stopRoutes } from './stops.ts';
import { suggestionRoutes } from './suggestions.ts';
import { taskFlowRoutes } from './task-flow.ts';
import { taskRoutes } from './tasks.ts';
import { tokenRoutes } from './tokens.ts';
import { toolRoutes } from './tools.ts';
import { traceRoutes } from './traces.ts';

/** The whole API; a test pins it and proves that every route has its audit action. */
export const routes: readonly Route[] = [
  ...peopleRoutes,
  ...tokenRoutes,
  ...passkeyRoutes,
  ...statusRoutes,
  ...identityRoutes,
  ...agentRoutes,
  ...suggestionRoutes,
  ...documentRoutes,
  ...changeRoutes,
  ...secretRoutes,
  ...serverRoutes,
  ...toolRoutes,
  ...approvalActivityRoutes,
  ...approvalRoutes,
  ...approvalBesideRoutes,
  ...overrideRoutes,
  ...policyRoutes,
  ...stopRoutes,
  ...taskRoutes,
  ...taskFlowRoutes,
  ...consentRoutes,
  ...sessionRoutes,
  ...delegationRoutes,
  ...effectRoutes,
  ...objectRoutes,
  ...directoryRoutes,
  ...recordRoutes,
  ...auditRoutes,
  ...countRoutes,
  ...retentionRoutes,
  ...evidenceRoutes,
  ...annotationRoutes,
  ...missingLogRoutes,
  ...traceRoutes,
  ...privacyRoutes,
  ...eventRoutes,
  ...openApiRoutes(() => routes),
];
