/** What the PTX simulator counted (its PTXSIM_STATS file, one JSON object a launch), kernel by kernel, and what must hold of it. */
import { readFileSync } from 'node:fs';
import { shortName } from './kernel-names.mjs';

/** The simulator's models, in the order of the table. */
const gpus = ['a100', 'rtx4090', 'h100'];

/** Kernels bound by memory whose rows are read and written whole, once. */
const streaming =
  /^(cast|add|dropout|glu_|rope|rms_norm_(forward|backward)|soft_cap|gather|scatter|embedding_forward|nf4_dequantize|adamw<)/;
const leastShare = 0.95;

/**
 * @param statsFile what a run of every kernel left
 * @param shallowFile what the same products with half as long sums left: what their conflicts have in common lies outside of the main loop
 * @returns kernel -> { loads, stores, conflicts, loopConflicts, limiters }: of all its launches, conflicts and limiters of its longest
 */
export function countedKernels(statsFile, shallowFile) {
  const shallow = new Map(launchesOf(shallowFile).map(({ name, launches }) => [name, longest(launches)]));
  return Object.fromEntries(
    launchesOf(statsFile).map(({ name, launches }) => {
      const { shared, model } = longest(launches);
      const conflicts = shared.conflict_extra_cycles;
      return [
        name,
        {
          loads: share(launches.flatMap(({ global_load, cp_async }) => [global_load, cp_async])),
          stores: share(launches.map(({ global_store }) => global_store)),
          conflicts,
          loopConflicts: shallow.has(name) ? conflicts - shallow.get(name).shared.conflict_extra_cycles : null,
          limiters: gpus.map((gpu) => model[gpu].limiter),
        },
      ];
    }),
  );
}

/** Of each kernel, by name. */
function launchesOf(statsFile) {
  const launches = readFileSync(statsFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return Object.entries(Object.groupBy(launches, ({ kernel }) => shortName(kernel)))
    .map(([name, list]) => ({ name, launches: list }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const longest = (launches) => launches.reduce((most, one) => (one.warp_insts > most.warp_insts ? one : most));

/** Bytes asked for, of those of the sectors touched; null where there are none. */
function share(accesses) {
  const sum = (of) => accesses.reduce((total, access) => total + of(access), 0);
  const touched = sum(({ bytes_sectors }) => bytes_sectors);
  return touched === 0 ? null : Number(Math.min(1, sum(({ bytes_requested }) => bytes_requested) / touched).toFixed(3));
}

/** One record a kernel that a rule is for: which, and what is wrong, or null. */
export function judgeCounted(kernels) {
  return Object.entries(kernels).flatMap(([name, { loads, stores, loopConflicts }]) => {
    if (loopConflicts !== null && name.startsWith('gemm_kernel'))
      return [{ name, problem: loopConflicts !== 0 ? `${loopConflicts} cycles of bank conflicts in the main loop` : null }];
    if (!streaming.test(name) || !whole.test(name)) return [];
    const poor = [loads, stores].some((share) => share !== null && share < leastShare);
    return [{ name, problem: poor ? `loads use ${loads}, stores ${stores} of the sectors that they touch` : null }];
  });
}

/** The forms for rows of whole vectors. */
const whole = /true>|Tables|Spread<.*, true>|^nf4/;
