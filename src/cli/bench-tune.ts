/** `fettle bench --tune`: which configuration of a kernel is the fastest on this GPU. */
import type { TunedCase } from '../bench/device/tune.ts';
import { FettleError } from '../errors.ts';
import { oneOf } from './one-of.ts';
import { printJson, printLine } from './output.ts';

export interface TuneFlags {
  tokens?: number[];
  device?: string;
  r: number;
  quick?: true;
  json?: true;
}

const usual = { shapes: ['135m', '1b', '8b'], tokens: [1, 4, 16, 64, 256, 512, 1024, 2048, 4096, 8192] };

/** Measures, prints a line for each product, and keeps what was found where the device looks for it. */
export async function benchTune(names: readonly string[], flags: TuneFlags): Promise<void> {
  const { nativeAddon } = await import('../native/addon.ts');
  const { tuneCase, writeTuning } = await import('../bench/device/tune.ts');
  const { tuningCases } = await import('../bench/device/tuning-cases.ts');
  const { shapeNames } = await import('../bench/shapes.ts');
  const device = flags.device ?? (process.env.FETTLE_DEVICE || 'cuda');
  const [kind, ordinal = '0'] = device.split(':');
  if (kind !== 'cuda' && kind !== 'simt') throw new FettleError('FETTLE_USAGE', `expected --tune on cuda, cuda:N or simt, found ${device}`);
  const report = nativeAddon().deviceReport(kind);
  const gpu = report.devices[Number(ordinal)];
  if (gpu === undefined) throw new FettleError('FETTLE_DEVICE', report.problem || `there is no GPU ${ordinal}`, { hint: report.hint });
  const shapes = oneOf('--tune', names.length > 0 ? names : flags.quick ? ['tiny'] : usual.shapes, shapeNames);
  const tokens = flags.tokens ?? (flags.quick ? [1, 64] : usual.tokens);
  if (!flags.json) printLine(`${gpu.name}, ${gpu.architecture}, driver ${gpu.driver}`);
  const tuned: TunedCase[] = [];
  for (const one of tuningCases(shapes, tokens, flags.r)) {
    const found = tuneCase(one, device, gpu.name, flags.quick ? 1 : 20);
    tuned.push(found);
    if (flags.json) printJson(found);
    else printLine(tunedLine(found));
  }
  writeTuning(gpu.tuning_file, tuned);
  if (!flags.json) printLine(`kept in ${gpu.tuning_file}`);
}

/** `product  fastest way  its time  its share of the roofline  (the best of each other kind)` */
function tunedLine({ op, weights, tokens, rows, columns, ways, share }: TunedCase): string {
  const [best] = ways;
  const others = [...new Set(ways.map(({ kind }) => kind))].filter((kind) => kind !== best!.kind);
  const bestOf = others.map((kind) => ways.find((way) => way.kind === kind)!);
  const what = `${op} ${weights} ${tokens} x ${rows} x ${columns}`;
  const part = share === null ? '' : `${(share * 100).toFixed(0)} % of roofline`;
  const rest = bestOf.map(({ kind, plan, seconds }) => `${kind} ${plan} ${microseconds(seconds)}`).join(', ');
  return `${what.padEnd(52)} ${best!.plan.padEnd(18)} ${microseconds(best!.seconds).padStart(11)}  ${part}${rest && `  (${rest})`}`;
}

function microseconds(seconds: number): string {
  return `${(seconds * 1e6).toFixed(1)} us`;
}
