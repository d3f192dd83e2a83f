/** The checkable pieces of a text: quantities with units, prices, models, links. */

/** One checkable piece of a text. */
export interface Claim {
  kind: 'quantity' | 'model' | 'link';
  /** As compared: `30 day`, `$9.99`, `10 %`, `qx55`. */
  key: string;
  value: number | null;
  /** As in `day`, `$`, `%`; '' for models and links. */
  unit: string;
  /** As it stands in the text. */
  text: string;
  at: number;
}

const ones =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** `one` to `ninety-nine`, and the round hundreds. */
const numberWords: ReadonlyMap<string, number> = new Map([
  ...ones.map((word, i) => [word, i + 1] as const),
  ...tens.flatMap((word, i) => [
    [word, (i + 2) * 10] as const,
    ...ones.slice(0, 9).map((one, k) => [`${word}-${one}`, (i + 2) * 10 + k + 1] as const),
  ]),
  ['a hundred', 100],
  ...ones.slice(0, 9).map((word, i) => [`${word} hundred`, (i + 1) * 100] as const),
]);

/** Units by what people write; each maps to the one that is compared. */
const unitNames: Readonly<Record<string, string>> = {
  day: 'day',
  days: 'day',
  hour: 'hour',
  hours: 'hour',
  hr: 'hour',
  hrs: 'hour',
  h: 'hour',
  minute: 'minute',
  minutes: 'minute',
  min: 'minute',
  mins: 'minute',
  second: 'second',
  seconds: 'second',
  sec: 'second',
  week: 'week',
  weeks: 'week',
  month: 'month',
  months: 'month',
  year: 'year',
  years: 'year',
  yr: 'year',
  percent: '%',
  dollars: '$',
  dollar: '$',
  usd: '$',
  euro: '€',
  euros: '€',
  eur: '€',
  gbp: '£',
  sterling: '£',
  yen: '¥',
  francs: 'CHF',
  chf: 'CHF',
  cents: 'cent',
  km: 'km',
  kilometers: 'km',
  kilometres: 'km',
  miles: 'mile',
  people: 'person',
  users: 'user',
  countries: 'country',
  states: 'state',
  branches: 'place',
  stores: 'place',
  locations: 'place',
  nights: 'night',
  points: 'point',
  mg: 'mg',
  tage: 'day',
  tagen: 'day',
  stunden: 'hour',
  minuten: 'minute',
  wochen: 'week',
  monate: 'month',
  monaten: 'month',
  jahre: 'year',
  jahren: 'year',
  prozent: '%',
  jours: 'day',
  heures: 'hour',
  mois: 'month',
  días: 'day',
  horas: 'hour',
  meses: 'month',
  años: 'year',
  ft: 'foot',
  feet: 'foot',
  foot: 'foot',
  in: 'inch',
  inch: 'inch',
  inches: 'inch',
  lb: 'pound',
  lbs: 'pound',
  pounds: 'pound',
  kg: 'kg',
  w: 'watt',
  watt: 'watt',
  watts: 'watt',
  gb: 'gb',
  tb: 'tb',
  mb: 'mb',
  mm: 'mm',
  cm: 'cm',
  m: 'm',
  meters: 'm',
  metres: 'm',
  hz: 'hz',
  ghz: 'ghz',
  v: 'volt',
  mah: 'mah',
  devices: 'device',
  cameras: 'camera',
  f: 'degree',
  c: 'degree',
  am: 'am',
  pm: 'pm',
};

/** "In" is an inch only where nothing else can follow: "QX65 (65 in, 49 lb)". */
const inch = 'in(?=\\s*[,;)])';

const words = [...numberWords.keys()].sort((a, b) => b.length - a.length).map((word) => word.replace('-', '[- ]'));
const number = `\\d[\\d,]*(?:\\.\\d+)?|${words.join('|')}`;
const unit = Object.keys(unitNames)
  .filter((name) => name !== 'in')
  .sort((a, b) => b.length - a.length)
  .concat(inch)
  .join('|');
const quantity = new RegExp(
  `(?<![\\w.$-])(${number})(?:\\s*(?:to|or|-|–|and)\\s*(${number}))?[\\s-]*(business[ -]|working )?(?:(?:full|calendar|more|whole|monthly|equal|US|EU|UK|other|different) )?(${unit})(?![\\w])`,
  'gi',
);
const money = /([$€£¥])\s?(\d[\d,]*(?:\.\d+)?)|(\d(?:[\d,]*\d)?(?:\.\d+)?)\s?([€£])/g;
const numberWord = new RegExp(`\\b(?:${words.join('|')})\\b`, 'gi');
const percent = /(\d+(?:\.\d+)?)\s?%/g;
const model = /(?<![\w$/.-])(?=[A-Z0-9-]*\d)[A-Z]{1,5}-?\d{1,5}[A-Z]{0,3}\d?(?:-[A-Z0-9]{1,3})?(?![\w-])/g;
const link = /\b(?:https?:\/\/|www\.)[^\s)>\]]+|\b[\w-]+\.(?:com|net|org|io|co)(?:\/[^\s)>\]]*)?\b|[\w.+-]+@[\w-]+\.[\w.]+/gi;

/** The claims of a text, in order. A range counts as both its ends. */
export function claimsOf(text: string): Claim[] {
  const claims: Claim[] = [];
  const add = (raw: string, unitName: string, text: string, at: number) => {
    const value = numberOfWord(raw) ?? Number(raw.replaceAll(',', ''));
    claims.push({ kind: 'quantity', key: `${value} ${unitName}`, value, unit: unitName, text, at });
  };
  for (const match of text.matchAll(quantity)) {
    const plainUnit = unitNames[match[4]!.toLowerCase()]!;
    const unitName = match[3] === undefined ? plainUnit : `business ${plainUnit}`;
    for (const raw of [match[1], match[2]]) if (raw !== undefined) add(raw, unitName, match[0], match.index);
  }
  for (const match of text.matchAll(money)) add((match[2] ?? match[3])!, (match[1] ?? match[4])!, match[0], match.index);
  for (const match of text.matchAll(percent)) add(match[1]!, '%', match[0], match.index);
  for (const match of text.matchAll(model))
    claims.push({ kind: 'model', key: match[0].toLowerCase(), value: null, unit: '', text: match[0], at: match.index });
  for (const match of text.matchAll(link))
    claims.push({ kind: 'link', key: match[0].toLowerCase(), value: null, unit: '', text: match[0], at: match.index });
  return claims.sort((a, b) => a.at - b.at);
}

/** Every number of a text, however it is written. */
export function numbersOf(text: string): Set<number> {
  const numbers = new Set<number>();
  for (const [raw] of text.matchAll(/\d[\d,]*(?:\.\d+)?/g)) numbers.add(Number(raw.replaceAll(',', '')));
  for (const [word] of text.matchAll(numberWord)) numbers.add(numberOfWord(word)!);
  return numbers;
}

function numberOfWord(word: string): number | undefined {
  const plain = word.toLowerCase();
  return numberWords.get(plain) ?? numberWords.get(plain.replace(' ', '-'));
}
