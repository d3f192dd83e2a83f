/** What the PTX simulator counted (its PTXSIM_STATS file, one JSON object a launch), kernel by kernel, and what must hold of it. */
import { readFileSync } from 'node:fs';
import { shortName } from './kernel-names.mjs';

/** The simulator's models, in the order of the table. */
const gpus = ['a100', 'rtx4090', 'h100'];

/** Kernels bound by memory whose rows are read and written whole, once. */
const streaming =
  /^(cast|add|dropout|glu_|rope|rms_norm_(forward|backward)|soft_cap|gather|scatter|embedding_forward|nf4_dequantize|adamw<)/;
const leastShare = 0.95;

/** @returns kernel -> { loads, stores, conflicts, loopConflicts, limiters }: of all its launches, the limiters of its longest */
export function countedKernels(statsFile) {
  const kernels = new Map();
  for (const line of readFileSync(statsFile, 'utf8').split('\n').filter(Boolean)) {
    const launch = JSON.parse(line);
    const name = shortName(launch.kernel);
    const sum = kernels.get(name) ?? { read: [0, 0], written: [0, 0], conflicts: 0, epilogue: 0, longest: null };
    addTo(sum.read, launch.global_load);
    addTo(sum.read, launch.cp_async);
    addTo(sum.written, launch.global_store);
    sum.conflicts += launch.shared.conflict_extra_cycles;
    for (const { src, conflict_extra } of launch.hotspots) if (src?.includes('gemm_epilogue.h')) sum.epilogue += conflict_extra;
    if (sum.longest === null || launch.model.a100.est_us > sum.longest.a100.est_us) sum.longest = launch.model;
    kernels.set(name, sum);
  }
  const share = ([bytes, touched]) => (touched === 0 ? null : Number(Math.min(1, bytes / touched).toFixed(3)));
  return Object.fromEntries(
    [...kernels]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { read, written, conflicts, epilogue, longest }]) => [
        name,
        {
          loads: share(read),
          stores: share(written),
          conflicts,
          loopConflicts: conflicts - epilogue,
          limiters: gpus.map((gpu) => longest[gpu].limiter),
        },
      ]),
  );
}

function addTo(sum, { bytes_requested, bytes_sectors }) {
  sum[0] += bytes_requested;
  sum[1] += bytes_sectors;
}

/** One record a kernel that a rule is for: which, and what is wrong, or null. */
export function judgeCounted(kernels) {
  return Object.entries(kernels).flatMap(([name, { loads, stores, loopConflicts }]) => {
    if (name.startsWith('gemm_kernel'))
      return [{ name, problem: loopConflicts > 0 ? `${loopConflicts} cycles of bank conflicts in the main loop` : null }];
    if (!streaming.test(name) || !whole.test(name)) return [];
    const poor = [loads, stores].some((share) => share !== null && share < leastShare);
    return [{ name, problem: poor ? `loads use ${loads}, stores ${stores} of the sectors that they touch` : null }];
  });
}

/** The forms for rows of whole vectors. */
const whole = /true>|Tables|Spread<.*, true>|^nf4/;
