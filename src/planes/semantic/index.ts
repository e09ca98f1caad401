export type * from './door.ts';
export { createInspector, type InspectorOptions } from './inspector.ts';
export { type Setting, settingDoubt, settingSecret } from './settings.ts';
