import { QueryClientProvider } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AgentsPage } from './agents.tsx';
import { ApprovalPage } from './approval.tsx';
import { ApprovalsPage } from './approvals.tsx';
import { queries } from './ask.ts';
import { AuditPage, type AuditSearch } from './audit.tsx';
import { BrokerPage, type BrokerSearch } from './broker.tsx';
import { ChangePage } from './change.tsx';
import { ChangesPage } from './changes.tsx';
import { GatesPage, type GatesSearch } from './gates.tsx';
import { NowPage } from './now.tsx';
import { Page } from './parts.tsx';
import { OverridesPage } from './overrides.tsx';
import { type ListSearch, listSearch } from './pages.tsx';
import { PeoplePage } from './people.tsx';
import { PoliciesPage } from './policies.tsx';
import { RecordPage } from './record.tsx';
import { without } from './search.ts';
import { comeBack, useSession } from './session.ts';
import { ReplayPage } from './replay.tsx';
import { SettingsPage } from './settings.tsx';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { SystemPage } from './status.tsx';
import { TaskPage } from './task.tsx';
import { TasksPage } from './tasks.tsx';
import { applyTheme } from './theme.ts';
import { ToolPage } from './tool.tsx';
import { toolLists, ToolsPage, type ToolsSearch } from './tools.tsx';
import { TracePage } from './trace.tsx';
import './theme.css';

function Root(): ReactNode {
  const session = useSession();
  switch (session.kind) {
    case 'looking':
      return null;
    case 'nobody':
      return <SignIn why={session.why} />;
    case 'signed-in':
      return <Shell me={session.me} />;
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const withShow = (given: Record<string, unknown>): ListSearch & { show?: 'all' } => ({
  ...listSearch(given),
  ...(given['show'] === 'all' ? { show: 'all' as const } : {}),
});

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
const routeTree = root.addChildren([
  createRoute({ getParentRoute: () => root, path: '/', component: NowPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/approvals',
    component: ApprovalsPage,
    validateSearch: (given): ListSearch & { show?: 'all' } => withShow(given),
  }),
  createRoute({ getParentRoute: () => root, path: '/approvals/$id', component: ApprovalPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    component: AuditPage,
    validateSearch: ({ q, view, cursor }): AuditSearch =>
      without({ q: text(q), view: text(view), cursor: text(cursor) }),
  }),
  createRoute({ getParentRoute: () => root, path: '/audit/$id', component: RecordPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/agents',
    component: AgentsPage,
    validateSearch: (given): ListSearch & { agent?: string | undefined } =>
      without({ ...listSearch(given), agent: text(given['agent']) }),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tasks',
    component: TasksPage,
    validateSearch: (given): ListSearch & { show?: 'all' } => withShow(given),
  }),
  createRoute({ getParentRoute: () => root, path: '/tasks/$id', component: TaskPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/tools',
    component: ToolsPage,
    validateSearch: (given): ToolsSearch =>
      without({ ...listSearch(given, toolLists), server: text(given['server']) }),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tools/one',
    component: ToolPage,
    validateSearch: ({ server, tool }): { server: string; tool: string } => ({
      server: text(server) ?? '',
      tool: text(tool) ?? '',
    }),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tools/gates',
    component: GatesPage,
    validateSearch: ({ agent, findings, after }): GatesSearch =>
      without({
        agent: text(agent),
        findings: String(findings) === 'true' ? 'true' : undefined,
        after: text(after),
      }),
  }),
  createRoute({ getParentRoute: () => root, path: '/traces/$trace', component: TracePage }),
  createRoute({
    getParentRoute: () => root,
    path: '/credentials',
    component: BrokerPage,
    validateSearch: ({ agent, scope, cursor }): BrokerSearch =>
      without({ agent: text(agent), scope: text(scope), cursor: text(cursor) }),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/changes',
    component: ChangesPage,
    validateSearch: (given): ListSearch => listSearch(given, ['open-']),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/overrides',
    component: OverridesPage,
    validateSearch: (given): ListSearch => listSearch(given),
  }),
  createRoute({ getParentRoute: () => root, path: '/changes/$id', component: ChangePage }),
  createRoute({ getParentRoute: () => root, path: '/policies', component: PoliciesPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/policies/replay',
    component: ReplayPage,
    validateSearch: ({ change }): { change?: string | undefined } =>
      without({ change: text(change) }),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/people',
    component: PeoplePage,
    validateSearch: (given): ListSearch => listSearch(given, ['consents-', 'sign-ins-']),
  }),
  createRoute({ getParentRoute: () => root, path: '/system', component: SystemPage }),
  createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsPage }),
]);

function NotFound(): ReactNode {
  return (
    <Page title="There is nothing here" lead="The address names no screen of this console.">
      <a href="/console/" className="text-accent underline underline-offset-4">
        Go to Now
      </a>
    </Page>
  );
}

const router = createRouter({ routeTree, basepath: '/console' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

applyTheme();
void comeBack();
const place = document.getElementById('root');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
