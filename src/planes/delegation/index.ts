export { createDelegationDesk, type DelegationDesk } from './desk.ts';
export { createDelegations, type DelegationKeeper } from './delegations.ts';
