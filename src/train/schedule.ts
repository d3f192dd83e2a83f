/** Learning-rate schedules, as transformers' `get_{constant,linear,cosine}_schedule_with_warmup` define them. */

export type SchedulerName = 'constant' | 'linear' | 'cosine';

export interface Schedule {
  scheduler: SchedulerName;
  /** Peak learning rate. */
  learning_rate: number;
  /** Optimizer steps of the whole run. */
  total_steps: number;
  /** Steps over which the rate rises linearly from 0; see {@link warmupSteps}. */
  warmup_steps: number;
}

/** `ceil(total_steps * warmup_ratio)`, as transformers' TrainingArguments.get_warmup_steps. */
export function warmupSteps(totalSteps: number, warmupRatio: number): number {
  return Math.ceil(totalSteps * warmupRatio);
}

/** The learning rate of optimizer step `step` (from 1). With warm-up the first step's rate is 0, as in transformers. */
export function learningRate(schedule: Schedule, step: number): number {
  return schedule.learning_rate * factor(schedule, step - 1);
}

function factor({ scheduler, total_steps, warmup_steps }: Schedule, done: number): number {
  if (done < warmup_steps) return done / Math.max(1, warmup_steps);
  if (scheduler === 'constant') return 1;
  const decaySteps = Math.max(1, total_steps - warmup_steps);
  if (scheduler === 'linear') return Math.max(0, (total_steps - done) / decaySteps);
  return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((done - warmup_steps) / decaySteps))));
}
