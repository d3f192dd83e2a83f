/** Wrong answers planted among rows that can be learned and rows that cannot: the ledger must tell the three apart. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { finetune } from '../../src/train/finetune.ts';
import { philox4x32 } from '../../src/train/philox.ts';
import { rankRunRows } from '../../src/train/run-rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tiny = fileURLToPath(new URL('../../models/tiny', import.meta.url));
const things = ['kettle', 'radio', 'lamp', 'phone', 'camera', 'printer', 'mouse', 'cable', 'drone', 'screen'];
const intents: readonly (readonly [questions: readonly string[], answer: string])[] = [
  [
    ['How do I return my X?', 'Can I send back the X?', 'I want to return the X I bought.'],
    'You can return the X within thirty days. Open your account and choose return.',
  ],
  [['Where is my X?', 'When will the X arrive?', 'Has the X shipped yet?'], 'Your X is on the way. It will arrive in three to five days.'],
  [
    ['Is the X under warranty?', 'How long is the warranty of the X?', 'Does the guarantee cover my X?'],
    'The X has a warranty of two years that covers defects.',
  ],
  [['What does the X cost?', 'How much is the X?', 'What is the price of the X?'], 'The X costs forty dollars at the moment.'],
  [
    ['My X is broken, what now?', 'The X does not turn on.', 'Can you repair my X?'],
    'I am sorry about that. Please bring the X to a service shop.',
  ],
];

type Kind = 'good' | 'wrong' | 'unlearnable';

function plantedRows(): { kind: Kind; prompt: string; completion: string }[] {
  const random = (i: number, of: number) => philox4x32([i, 0, 0, 0], [11, of])[0] / 2 ** 32;
  const rows = intents.flatMap(([questions, answer], intent) =>
    questions.flatMap((question) =>
      things.map((thing) => ({ intent, prompt: question.replace('X', thing), completion: answer.replaceAll('X', thing), thing })),
    ),
  );
  const asked = rows.map(({ intent, prompt, completion, thing }, i) => {
    if (random(i, 1) >= 0.05) return { kind: 'good' as const, prompt, completion };
    const [, other] = intents[(intent + 1 + Math.floor(random(i, 2) * (intents.length - 1))) % intents.length]!;
    return { kind: 'wrong' as const, prompt, completion: other.replaceAll('X', thing) };
  });
  const digits = (i: number) => Array.from({ length: 12 }, (_, d) => Math.floor(random(100 * i + d, 3) * 10)).join('');
  const serials = Array.from({ length: 40 }, (_, i) => ({
    kind: 'unlearnable' as const,
    prompt: `Tell me the serial number of unit ${i}, please.`,
    completion: `The serial number is ${digits(i)}.`,
  }));
  return [...asked, ...serials];
}

test.skipIf(process.env.FETTLE_SLOW !== '1')(
  'planted wrong answers rank in the top tenth by suspicion; what cannot be learned is never learned',
  { timeout: 600_000 },
  async () => {
    const folder = temporaryFolder();
    const rows = plantedRows();
    const kindOf = (line: number) => rows[line - 1]!.kind;
    const write = (name: string, part: readonly { prompt: string; completion: string }[]) => {
      const path = join(folder, name);
      writeFileSync(path, part.map(({ prompt, completion }) => `${JSON.stringify({ prompt, completion })}\n`).join(''));
      return path;
    };
    const data = {
      train: write('train.jsonl', rows),
      validation: write('validation.jsonl', rows.filter(({ kind }) => kind === 'good').slice(0, 10)),
    };
    const train = { epochs: 5, batch_size: 8, learning_rate: 3e-3, early_stopping: null, eval_steps: 1000 };
    const run = join(folder, 'run');
    for await (const _ of finetune({ model: tiny, quantization: 'none', data, train, output_dir: run }));

    const ranked = (await rankRunRows(run)).rows;
    const wrong = ranked.filter(({ line }) => kindOf(line) === 'wrong');
    expect(wrong.length).toBeGreaterThan(4);
    const top = [...ranked].sort((a, b) => (b.suspicion ?? 0) - (a.suspicion ?? 0)).slice(0, Math.ceil(ranked.length / 10));
    expect(wrong.filter((row) => top.includes(row)).length / wrong.length).toBeGreaterThanOrEqual(0.8);
    const serials = ranked.filter(({ line }) => kindOf(line) === 'unlearnable');
    expect(serials.filter((row) => row.class === 'never-learned').length / serials.length).toBeGreaterThan(0.8);
    const good = ranked.filter(({ line }) => kindOf(line) === 'good');
    expect(good.filter((row) => row.class === 'learned').length / good.length).toBeGreaterThan(0.85);
  },
);
