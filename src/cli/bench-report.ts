/** A benchmark for the eye. */
import { type Ceilings, type Figure, type MachineLine, shareOfCeiling } from '../bench/result.ts';
import { bytes } from './numbers.ts';

export function machineLines(machine: MachineLine): string {
  const { cpu, cores, memory, isa, threads, load, fettle, node, one_thread, all_threads } = machine;
  return [
    `${cores} x ${cpu}, ${bytes(memory)}; fettle ${fettle}, ${isa}, ${threads} threads; Node.js ${node}`,
    `ceilings of this run: ${ceilingsText(one_thread)} on one thread; ${ceilingsText(all_threads)} on ${threads}`,
    ...(load > 0.3 * cores ? [`the machine was not idle (load ${load.toFixed(1)}): figures are lower than they could be`] : []),
  ].join('\n');
}

/** `name  median unit (min - max)  share of the ceiling` */
export function figureLine(figure: Figure): string {
  const { name, unit, min, median, max, samples } = figure;
  const share = shareOfCeiling(figure);
  const range = samples === 1 ? '' : `  (${number(min)} - ${number(max)})`;
  return `${name.padEnd(56)} ${number(median).padStart(9)} ${unit}${range}${share === null ? '' : `  ${percent(share)} of ${figure.bound}`}`;
}

function ceilingsText({ bf16, f32, read, copy }: Ceilings): string {
  const giga = (perSecond: number) => (perSecond / 1e9).toFixed(0);
  return `${giga(bf16)} GFLOP/s bf16, ${giga(f32)} f32, ${giga(read)} GB/s read, ${giga(copy)} copied`;
}

/** Three figures that count. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
