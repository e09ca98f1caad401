export type * from './door.ts';
export { modelKind } from './model-kind.ts';
