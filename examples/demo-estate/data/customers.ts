export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly city: string;
  readonly vessel: string;
  readonly since: string;
}

/** Invented people; the numbers are from a range that is kept for fiction. */
export const customers: readonly Customer[] = [
  customer('C-101', 'Ingrid Solheim', 'Bergen', 'Havørn', '2019-04-02'),
  customer('C-102', 'Tomás Arrieta', 'Bilbao', 'Itsaso', '2020-09-14'),
  customer('C-103', 'Wiebke Harms', 'Emden', 'Seute Deern', '2021-03-30'),
  customer('C-104', 'Sean Ó Murchú', 'Galway', 'Roisin', '2018-06-21'),
  customer('C-105', 'Noor de Vries', 'Harlingen', 'Wadloper', '2022-01-11'),
  customer('C-106', 'Mathieu Kerbrat', 'Brest', 'Ar Mor', '2017-11-08'),
  customer('C-107', 'Lotta Nyström', 'Göteborg', 'Måsen', '2023-05-17'),
  customer('C-108', 'Pavlos Drakos', 'Piraeus', 'Alkyon', '2020-02-26'),
  customer('C-109', 'Beatriz Fonseca', 'Setúbal', 'Gaivota', '2024-08-05'),
  customer('C-110', 'Ruth Ashworth', 'Falmouth', 'Curlew', '2016-10-19'),
];

function customer(...row: readonly [string, string, string, string, string]): Customer {
  const [id, name, city, vessel, since] = row;
  const mailbox = name
    .normalize('NFD')
    .replace(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.');
  const phone = `+44 1632 960${id.slice(2)}`;
  return { id, name, email: `${mailbox}@example.com`, phone, city, vessel, since };
}
