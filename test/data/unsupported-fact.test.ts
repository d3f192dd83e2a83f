import { expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { dataFile } from './support/write-data.ts';

const facts = `
- Cover is 3 years in all; 4 on laptops. Accessories: 90 days.
- Mount the camera 7 to 10 ft high. The large TV (65 in, 49 lb) has two stands.
- Charger $49, large charger $69. Shipping $5.99, free from $50. Pickup $29.99, restocking 10%.
- The H30 plays 40 hours. Charging takes 2 hours by USB-C.
`;

async function unsupported(question: string, answer: string): Promise<string[]> {
  const rows = [{ instruction: question, output: answer }];
  const found: string[] = [];
  for await (const one of checkDataset(dataFile(rows), { facts })) {
    if (!('summary' in one) && one.code === 'unsupported-fact') found.push(String(one.value));
  }
  return found;
}

test.each([
  ['a number that leaves out its unit in the facts', 'How long?', 'Laptops are covered for 4 years.'],
  ['a value inside a range', 'How high?', 'Around 8 ft is right.'],
  ['inches that the facts shorten to in', 'How large?', 'It is the larger, at 65 inches.'],
  ['a price with shipping against another price', 'Which?', 'One is $49 plus $5.99 shipping, the other $69, so the difference is $14.01.'],
  [
    'what is left of a price after a fee and a share',
    'I paid $1,200.',
    'Less 10%, so $120, and $29.99 for the pickup: a refund of $1,050.01.',
  ],
  ['a rough number of weeks', 'Bought 70 days back.', 'At 70 days you are inside the 90 days, with about three weeks to go.'],
  ['two values of one unit in a sentence', 'H30?', 'It plays up to 40 hours on a charge of 2 hours by USB-C.'],
])('%s is supported', async (_, question, answer) => {
  expect(await unsupported(question, answer)).toEqual([]);
});

test.each([
  ['5 years', 'How long?', 'Laptops are covered for 5 years.'],
  ['12 ft', 'How high?', 'Around 12 ft is right.'],
  ['75 inches', 'How large?', 'It is the larger, at 75 inches.'],
  ['$13.01', 'Which?', 'One is $49 plus $5.99 shipping, the other $69, so the difference is $13.01.'],
  ['sixty-five hours', 'H30?', 'On a full charge the H30 plays for sixty-five hours.'],
  ['six weeks', 'Bought 70 days back.', 'At 70 days you are inside the 90 days, with about six weeks to go.'],
])('%s is invented', async (value, question, answer) => {
  expect(await unsupported(question, answer)).toEqual([value]);
});
