/** One op of the engine at a time, called as `fettle/ops` calls it. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FettleError } from '../errors.ts';
import { opCost, runOp } from '../native/ops.ts';
import { ideal } from './ceilings.ts';
import { type OpCase, type OpCases, OpTensors } from './op-cases.ts';
import type { Ceilings, Figure } from './result.ts';
import { spread } from './statistics.ts';
import { type Effort, timeCalls } from './timing.ts';

const folder = fileURLToPath(new URL('../../bench/ops/', import.meta.url));
const suffix = '.bench.ts';

/** The ops that have benchmarks. They lie beside the sources: an installed package has none. */
export function benchedOps(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length));
}

/** @throws FettleError FETTLE_USAGE for an op without benchmarks */
export function expectBenched(ops: readonly string[]): void {
  const known = benchedOps();
  const unknown = ops.filter((op) => !known.includes(op));
  if (unknown.length === 0) return;
  const hint = known.length > 0 ? `there are ${known.join(', ')}` : 'benchmarks of ops come with the source of fettle';
  throw new FettleError('FETTLE_USAGE', `expected ops that have benchmarks, found ${unknown.join(', ')}`, { hint });
}

/** Measures these ops, each at the sizes that its file names. */
export async function* opFigures(ops: readonly string[], ceilings: Ceilings, effort: Effort): AsyncGenerator<Figure> {
  const tensors = new OpTensors();
  for (const op of ops) {
    const file: { default: OpCases } = await import(pathToFileURL(`${folder}${op}${suffix}`).href);
    for (const one of file.default(tensors)) yield await opFigure(one, ceilings, effort);
  }
}

/** Its rate: of products where they are the limit, of bytes where those are. */
async function opFigure({ op, label, args }: OpCase, ceilings: Ceilings, effort: Effort): Promise<Figure> {
  const cost = opCost(op, args);
  const { bound } = ideal(cost, ceilings);
  const [work, unit] = bound === 'read' ? [cost.bytes, 'GB/s'] : [cost.flops, 'GFLOP/s'];
  const seconds = await timeCalls(op, () => runOp(op, args), effort);
  const rates = spread(seconds.map((s) => work / s / 1e9));
  return { type: 'figure', name: `${op} ${label}`, unit, better: 'higher', ...rates, ceiling: ceilings[bound] / 1e9, bound };
}
