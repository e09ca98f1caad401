export type * from './door.ts';
export { createEnrolment } from './enrolment.ts';
export { createIdentityGate } from './gate.ts';
export { createIdentityDesk } from './desk.ts';
export { createPeopleDesk } from './people-desk.ts';
