export type * from './door.ts';
export { IndexKeeper, type RebuildReason, restAfter } from './index-keeper.ts';
export { knowsTask } from './knows-task.ts';
export { fields as queryFields } from './fields.ts';
export { type RecordJudge, termsOf, termsVersion } from './record-terms.ts';
export { type View, views } from './views.ts';
export { type IndexHealth, IndexWatch } from './index-watch.ts';
export { createIndexDesk, type IndexDesk } from './index-desk.ts';
export { answersOf, type AskThread, queriesOver } from './worker-words.ts';
