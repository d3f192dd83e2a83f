/** When a run evaluates, saves and ends: optimizer steps, counted from 1. */
import type { FettleConfig } from '../config/schema.ts';
import type { FinishReason } from './events.ts';

/** How often an epoch is evaluated when `eval_steps` is null. */
const evaluationsPerEpoch = 4;

export interface Calendar {
  steps_per_epoch: number;
  total_steps: number;
  /** For `trainer_state.json`; exact when given, rounded when derived from the epoch. */
  eval_steps: number;
  save_steps: number;
  /** Why the run ends when it reaches `total_steps`. */
  ends_by: Exclude<FinishReason, 'early_stopping'>;
  evaluateAfter(step: number): boolean;
  saveAfter(step: number): boolean;
}

type TrainSettings = Pick<FettleConfig['train'], 'epochs' | 'max_steps' | 'eval_steps' | 'save_steps'>;

/** `max_steps` overrides `epochs`, as in transformers; an epoch may be a fraction. */
export function makeCalendar(train: TrainSettings, stepsPerEpoch: number): Calendar {
  const total_steps = train.max_steps ?? Math.ceil(train.epochs * stepsPerEpoch);
  const quarters = (step: number) => Math.floor((step * evaluationsPerEpoch) / stepsPerEpoch);
  return {
    steps_per_epoch: stepsPerEpoch,
    total_steps,
    eval_steps: train.eval_steps ?? Math.max(1, Math.round(stepsPerEpoch / evaluationsPerEpoch)),
    save_steps: train.save_steps ?? stepsPerEpoch,
    ends_by: train.max_steps === null ? 'epochs' : 'max_steps',
    evaluateAfter: (step) =>
      step === 0 ||
      step === total_steps ||
      (train.eval_steps === null ? quarters(step) > quarters(step - 1) : step % train.eval_steps === 0),
    saveAfter: (step) => step > 0 && step % (train.save_steps ?? stepsPerEpoch) === 0,
  };
}
