/** Of an address what is said in it: what is not, has no place there. */
export const without = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
