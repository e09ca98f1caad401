import type { Me } from './session.ts';

export interface Screen {
  readonly to: '/' | '/approvals' | '/audit' | '/agents';
  readonly name: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly needs: string;
}

export const screens: readonly Screen[] = [
  { to: '/', name: 'Now', key: 'n', needs: 'auditor' },
  { to: '/approvals', name: 'Approvals', key: 'p', needs: '' },
  { to: '/audit', name: 'Audit', key: 'u', needs: 'auditor' },
  { to: '/agents', name: 'Agents', key: 'a', needs: '' },
];

export const mayDo = (me: Me, role: string) => role === '' || me.opens.some((one) => one === role);
export const mayStop = (me: Me) => mayDo(me, 'approver') || mayDo(me, 'analyst');
