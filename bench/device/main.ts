/**
 * What a GPU reaches, as a page of Markdown or (--json) one object with it: single ops against its peaks, the product against cuBLASLt's, training steps of
 * models with random weights, the same steps on the CPU; then every goal. The measuring part of `npm run verify:gpu`.
 *   node bench/device/main.ts [--device cuda] [--quick] [--json]      --quick: tiny shapes, for an emulated device
 */
import { parseArgs } from 'node:util';
import { peaksOf } from '../../src/bench/device/peaks.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { againstCublas } from './cublas.ts';
import { goalsOf, type Measured } from './goals.ts';
import { reportPage } from './page.ts';
import { roofline } from './roofline.ts';
import { learningRow, stepRows } from './steps.ts';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const { device, quick } = values;
const [kind, ordinal = '0'] = device.split(':');
const report = nativeAddon().deviceReport(kind === 'simt' ? 'simt' : 'cuda');
const gpu = report.devices[Number(ordinal)];
if (gpu === undefined) {
  process.stderr.write(`no device: ${report.problem}\n${report.hint}\n`);
  process.exit(3);
}
const measured = quick ? await measureTiny(device, gpu.name) : await measureAll(device, gpu.name);
const result = { gpu, ...measured, goals: goalsOf(gpu.name, measured) };
const page = reportPage(result);
process.stdout.write(values.json ? `${JSON.stringify({ ...result, page })}\n` : page);

async function measureAll(device: string, name: string): Promise<Measured> {
  const modes = ['none', 'selective', 'full'] as const;
  return {
    ops: roofline(device, peaksOf(name), { runs: 20, scale: 1 }),
    cublas: againstCublas('8b', 4096, device, name, 20),
    steps: [
      ...(await stepRows(device, '135m', 8, 2048, modes)),
      ...(await stepRows(device, '1b', 4, 2048, modes)),
      ...(await stepRows(device, '8b', 2, 2048, modes)),
      ...(await stepRows(device, '8b', 1, 4096, ['full'])),
    ],
    learning: [await learningRow(device, 'tiny', 4, 64, 20), await learningRow(device, '135m', 4, 128, 5)],
  };
}

/** Every part once, as small as it gets. */
async function measureTiny(device: string, name: string): Promise<Measured> {
  return {
    ops: roofline(device, peaksOf(name), { runs: 1, scale: 1 / 64 }),
    cublas: againstCublas('tiny', 64, device, name, 1),
    steps: await stepRows(device, 'tiny', 1, 16, ['full']),
    learning: [await learningRow(device, 'tiny', 1, 16, 2)],
  };
}
