/**
 * What a GPU reaches on single ops, as a table or (--json) one object; part of `npm run verify:gpu`.
 *   node bench/device/main.ts [--device cuda] [--scale 1] [--runs 20] [--json]
 */
import { parseArgs } from 'node:util';
import { nativeAddon } from '../../src/native/addon.ts';
import { peaksOf } from './peaks.ts';
import { roofline } from './roofline.ts';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    scale: { type: 'string', default: '1' },
    runs: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const report = nativeAddon().deviceReport(values.device === 'simt' ? 'simt' : 'cuda');
const gpu = report.devices[0];
if (gpu === undefined) {
  process.stderr.write(`no device: ${report.problem}\n${report.hint}\n`);
  process.exit(3);
}
const peaks = peaksOf(gpu.name);
const rows = roofline(values.device, peaks, { scale: Number(values.scale), runs: Number(values.runs) });
if (values.json) process.stdout.write(`${JSON.stringify({ gpu, peaks, rows })}\n`);
else {
  process.stdout.write(`${gpu.name}, ${gpu.architecture}, driver ${gpu.driver}\n`);
  for (const { op, shape, rate, unit, share } of rows) {
    const figure = (rate / (unit === 'GB/s' ? 1e9 : 1e12)).toPrecision(4);
    const part = share === null ? '' : ` ${(share * 100).toFixed(0)} %`;
    process.stdout.write(`${op.padEnd(24)} ${shape.padEnd(36)} ${figure.padStart(8)} ${unit}${part}\n`);
  }
}
