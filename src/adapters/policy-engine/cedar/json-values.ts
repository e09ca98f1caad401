import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import { decimalText } from './exact-decimal.ts';
import { untypedEntity } from './shape.ts';
import type { ValueMaker } from './value.ts';

/** Values as the reference implementation reads them. */
export const jsonValues: ValueMaker<CedarValueJson> = {
  present: { __entity: { type: untypedEntity, id: 'present' } },
  standIns: {
    string: '',
    long: 0,
    boolean: false,
    decimal: { __extn: { fn: 'decimal', arg: '0.0' } },
  },
  emptySet: [],
  text: (value) => value,
  long: (value) => value,
  boolean: (value) => value,
  decimal(value) {
    const arg = decimalText(value);
    return arg === undefined ? undefined : { __extn: { fn: 'decimal', arg } };
  },
  set: (items) => items,
  record: (members) => Object.fromEntries(members),
};
