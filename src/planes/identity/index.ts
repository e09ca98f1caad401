export type * from './door.ts';
export { createEnrolment } from './enrolment.ts';
export { createIdentityGate } from './gate.ts';
