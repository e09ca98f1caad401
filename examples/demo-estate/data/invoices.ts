export interface Invoice {
  readonly number: string;
  readonly customer: string;
  readonly issued: string;
  readonly due: string;
  readonly item: string;
  readonly amountCents: number;
  readonly status: 'paid' | 'open' | 'overdue';
}

/** What Harbour & Lane, a ship chandler, has billed. */
export const invoices: readonly Invoice[] = [
  invoice('HL-2031', 'C-104', '2026-01-08', 'Mooring lines, 12 m, pair', 18_900, 'paid'),
  invoice('HL-2032', 'C-101', '2026-01-12', 'Brass deck lamp', 7_450, 'paid'),
  invoice(
    'HL-2033',
    'C-107',
    '2026-01-15',
    'Anchor chain, 30 m, hot-dip galvanised',
    84_000,
    'paid',
  ),
  invoice('HL-2034', 'C-102', '2026-01-19', 'Life jackets, 150 N, set of four', 31_960, 'paid'),
  invoice('HL-2035', 'C-109', '2026-01-22', 'Antifouling paint, 5 l', 21_780, 'overdue'),
  invoice('HL-2036', 'C-103', '2026-01-27', 'Charts, Frisian coast, edition 2026', 5_600, 'paid'),
  invoice('HL-2037', 'C-105', '2026-02-02', 'Bilge pump, 12 V', 11_240, 'paid'),
  invoice('HL-2038', 'C-108', '2026-02-06', 'Navigation lights, LED, set', 26_500, 'open'),
  invoice('HL-2039', 'C-110', '2026-02-11', 'Winch service and spare parts', 148_000, 'paid'),
  invoice('HL-2040', 'C-101', '2026-02-16', 'Sextant, refurbished', 92_000, 'paid'),
  invoice('HL-2041', 'C-106', '2026-02-20', 'Fenders, set of six', 16_740, 'paid'),
  invoice('HL-2042', 'C-104', '2026-02-25', 'Sailcloth, 8 m', 38_400, 'paid'),
];

function invoice(
  ...row: readonly [string, string, string, string, number, Invoice['status']]
): Invoice {
  const [number, customer, issued, item, amountCents, status] = row;
  const due = new Date(Date.parse(issued) + 30 * 86_400_000).toISOString().slice(0, 10);
  return { number, customer, issued, due, item, amountCents, status };
}
