export interface Taken<Row> {
  readonly rows: readonly Row[];
  /** False where there was more than is taken at once. */
  readonly isWhole: boolean;
}

/** Page after page of one question, until it is over or as many are there as a browser is given at once. */
export async function allPages<Row>(
  most: number,
  page: (after: string | undefined) => Promise<{
    readonly rows: readonly Row[];
    readonly next: string | undefined;
  }>,
): Promise<Taken<Row>> {
  const rows: Row[] = [];
  let after: string | undefined;
  for (;;) {
    const told = await page(after);
    rows.push(...told.rows.slice(0, most - rows.length));
    if (told.next === undefined || told.next === after) return { rows, isWhole: true };
    if (rows.length >= most) return { rows, isWhole: false };
    after = told.next;
  }
}
