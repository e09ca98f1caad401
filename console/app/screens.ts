import type { Me } from './session.ts';

export interface Screen {
  readonly to:
    | '/'
    | '/approvals'
    | '/overrides'
    | '/audit'
    | '/agents'
    | '/tasks'
    | '/tools'
    | '/credentials'
    | '/changes'
    | '/policies'
    | '/people'
    | '/system'
    | '/settings';
  readonly name: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly needs: string;
  readonly group: 'Watch' | 'What there is' | 'Around it';
  /** Where there is room for few, it is one of them. */
  readonly first?: true;
}

export const screens: readonly Screen[] = [
  { to: '/', name: 'Now', key: 'n', needs: 'auditor', group: 'Watch', first: true },
  { to: '/approvals', name: 'Approvals', key: 'p', needs: '', group: 'Watch', first: true },
  { to: '/overrides', name: 'Overrides', key: 'v', needs: 'auditor', group: 'Watch' },
  { to: '/audit', name: 'Audit', key: 'u', needs: 'auditor', group: 'Watch', first: true },
  { to: '/tasks', name: 'Tasks', key: 't', needs: '', group: 'Watch' },
  { to: '/agents', name: 'Agents', key: 'a', needs: '', group: 'What there is', first: true },
  { to: '/tools', name: 'Tools', key: 'o', needs: 'auditor', group: 'What there is' },
  { to: '/credentials', name: 'Credentials', key: 'b', needs: 'auditor', group: 'What there is' },
  { to: '/policies', name: 'Policies', key: 'r', needs: 'auditor', group: 'What there is' },
  { to: '/changes', name: 'Changes', key: 'c', needs: 'auditor', group: 'What there is' },
  { to: '/people', name: 'People', key: 'e', needs: 'auditor', group: 'Around it' },
  { to: '/system', name: 'System', key: 's', needs: 'auditor', group: 'Around it' },
  { to: '/settings', name: 'Settings', key: 'm', needs: '', group: 'Around it' },
];

export const screenGroups = ['Watch', 'What there is', 'Around it'] as const;

export const mayDo = (me: Me, role: string) => role === '' || me.opens.some((one) => one === role);
export const mayStop = (me: Me) => mayDo(me, 'approver') || mayDo(me, 'analyst');
