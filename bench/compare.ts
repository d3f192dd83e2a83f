/**
 * `node bench/compare.ts A.json B.json`: the figures that two runs of `fettle bench --json` have in common, and how many times as good B
 * is. What is beyond the noise is marked; the exit code is 1 when something got worse.
 */
import { readFileSync } from 'node:fs';
import { compareResults, missing } from '../src/bench/compare.ts';
import { type MachineLine, parseResult, type ResultLine } from '../src/bench/result.ts';
import { table } from '../src/cli/table.ts';

const files = process.argv.slice(2);
if (files.length !== 2) {
  console.error('usage: node bench/compare.ts A.json B.json');
  process.exit(2);
}
const [a, b] = files.map((file) => parseResult(readFileSync(file, 'utf8'))) as [ResultLine[], ResultLine[]];
const machineOf = (lines: ResultLine[]): MachineLine | undefined => lines.find((line) => line.type === 'machine');
for (const [name, machine] of [
  ['A', machineOf(a)],
  ['B', machineOf(b)],
] as const) {
  const giga = (perSecond: number) => (perSecond / 1e9).toFixed(0);
  if (machine === undefined) console.log(`${name}  (no machine)`);
  else {
    const { cpu, isa, threads, date, load, all_threads } = machine;
    const ceilings = `${giga(all_threads.bf16)} GFLOP/s bf16, ${giga(all_threads.read)} GB/s`;
    console.log(`${name}  ${date}  ${cpu}, ${isa}, ${threads} threads, load ${load.toFixed(1)}; ceilings ${ceilings}`);
  }
}

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const marks = { better: '+', worse: '-', noise: '' };
const comparisons = compareResults(a, b);
const rows = comparisons.map(({ name, systems, unit, medians, ratio, ratio_of_shares, verdict }) => [
  systems[0] === systems[1] ? name : `${name} (${systems.join(' / ')})`,
  digits(medians[0]),
  digits(medians[1]),
  unit,
  `${ratio.toPrecision(3)} x`,
  ratio_of_shares === null ? '' : `${ratio_of_shares.toPrecision(3)} x`,
  marks[verdict],
]);
console.log(`\n${table(['figure', 'A', 'B', '', 'B is', 'by shares', ''], rows)}`);
const { only_a, only_b } = missing(a, b);
if (only_a.length > 0) console.log(`\nonly in A: ${only_a.join('; ')}`);
if (only_b.length > 0) console.log(`\nonly in B: ${only_b.join('; ')}`);
if (comparisons.some(({ verdict }) => verdict === 'worse')) process.exitCode = 1;
