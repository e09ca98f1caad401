export type * from './door.ts';
export { type Unhidden, withoutHidden } from './hidden-text.ts';
export { createInspector, type InspectorOptions } from './inspector.ts';
export { type Setting, settingDoubt, settingSecret } from './settings.ts';
export { type SignalKind, signalKinds, type Signals, signalsIn } from './signals.ts';
