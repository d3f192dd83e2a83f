/** A page of Markdown about what a GPU reached. */
import type { DeviceInfo } from '../../src/native/types.ts';
import type { Goal, Measured } from './goals.ts';

export function reportPage({ gpu, goals, ops, cublas, steps, learning }: Measured & { gpu: DeviceInfo; goals: readonly Goal[] }): string {
  return [
    `# ${gpu.name}`,
    '',
    `${gpu.architecture}, ${gpu.driver}, ${gibibytes(gpu.memory_bytes)}.`,
    '',
    ...table(['goal', 'to reach', 'reached', ''], goals.map(goalCells)),
    ...table(
      ['op', 'shape', 'rate', 'share of the peak'],
      ops.map(({ op, shape, rate, unit, share }) => [
        op,
        shape,
        `${(rate / (unit === 'GB/s' ? 1e9 : 1e12)).toPrecision(4)} ${unit}`,
        percent(share),
      ]),
    ),
    ...table(
      ['bf16 product', 'own', 'us', 'cuBLASLt us', "of cuBLASLt's speed"],
      cublas.map(({ shape, own, cublas: theirs }) => [
        shape,
        own.plan,
        microseconds(own.seconds),
        theirs === null ? 'not found' : microseconds(theirs.seconds),
        theirs === null ? '' : percent(theirs.seconds / own.seconds),
      ]),
    ),
    ...table(
      ['training step (r = 16, NF4)', 'recomputed', 'tokens/s', 'memory of the GPU'],
      steps.map(({ shape, sequences, tokens, activation_checkpointing, tokens_per_second, memory }) => [
        `${shape}, ${sequences} x ${tokens}`,
        activation_checkpointing,
        tokens_per_second === null ? 'does not fit' : tokens_per_second.toFixed(0),
        memory === null ? '' : gibibytes(memory),
      ]),
    ),
    ...table(
      ['model', 'losses', 'losses on the CPU', 'largest difference', 'of the gradient norm'],
      learning.map(({ shape, losses, cpu_losses, loss_difference, grad_norm_difference }) => [
        shape,
        numbers(losses),
        numbers(cpu_losses),
        `${(loss_difference * 100).toFixed(3)} %`,
        `${(grad_norm_difference * 100).toFixed(2)} %`,
      ]),
    ),
  ].join('\n');
}

function goalCells({ name, unit, goal, at_most, reached, ok, missing }: Goal): string[] {
  const value = (x: number) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));
  return [
    name,
    `${at_most ? 'at most' : 'at least'} ${value(goal)} ${unit}`,
    reached === null ? `not measured: ${missing}` : value(reached),
    ok ? 'pass' : 'FAIL',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''];
}

const percent = (share: number | null) => (share === null ? 'peak not known' : `${(share * 100).toFixed(0)} %`);
const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const microseconds = (seconds: number) => (seconds * 1e6).toFixed(1);
const numbers = (values: readonly number[]) => values.map((x) => x.toFixed(4)).join(' ');
