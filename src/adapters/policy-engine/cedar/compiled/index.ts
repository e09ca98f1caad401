export { authorize, type Decision } from './authorize.ts';
export {
  type Answer,
  buildAtOnce,
  buildRules,
  type CompiledRules,
  type RuleError,
} from './build.ts';
export { parseDecimal } from './decimal.ts';
export {
  entitiesFromJson,
  entitiesOf,
  type Entity,
  type EntityLookup,
  entityOf,
} from './entities.ts';
export type { Request } from './env.ts';
export type { PlainRule } from './form.ts';
export { longValue, NoCedarValue, recordOf, textValue, uidOf, valueOf } from './from-json.ts';
export { type Plain, plainRule, type Slots } from './plain.ts';
export {
  type CedarRecord,
  CedarSet,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  IpRange,
  type Value,
} from './values.ts';
