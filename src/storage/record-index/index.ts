export { isTorn, openRecordIndexes, type RecordIndexOptions } from './record-indexes.ts';
export { answerAsks, giveWay, tellFromThread } from './answer-thread.ts';
export { type AskedThread, startAskedThread } from './ask-thread.ts';
