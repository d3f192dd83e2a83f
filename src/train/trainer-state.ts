/** `trainer_state.json` with the keys of transformers' TrainerState, so that tools which read those find what they know. */
import type { CheckpointState } from './checkpoint-state.ts';
import type { Metrics } from './metrics-file.ts';

export interface TrainerStateInput {
  state: CheckpointState;
  metrics: readonly Metrics[];
  steps_per_epoch: number;
  total_steps: number;
  eval_steps: number;
  save_steps: number;
  batch_size: number;
  /** The folder that holds the best weights. */
  best_path: string;
  early_stopping: { patience: number; min_delta: number } | null;
}

export function trainerState(input: TrainerStateInput): Record<string, unknown> {
  const { state, early_stopping } = input;
  const ended = state.finished !== null;
  return {
    best_global_step: state.best?.step ?? null,
    best_metric: state.best?.eval_loss ?? null,
    best_model_checkpoint: state.best === null ? null : input.best_path,
    epoch: state.step / input.steps_per_epoch,
    eval_steps: input.eval_steps,
    global_step: state.step,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history: input.metrics,
    logging_steps: 1,
    max_steps: input.total_steps,
    num_input_tokens_seen: state.tokens_seen,
    num_train_epochs: Math.ceil(input.total_steps / input.steps_per_epoch),
    save_steps: input.save_steps,
    stateful_callbacks: {
      ...(early_stopping && {
        EarlyStoppingCallback: {
          args: { early_stopping_patience: early_stopping.patience, early_stopping_threshold: early_stopping.min_delta },
          attributes: { early_stopping_patience_counter: state.early_stopping.counter },
        },
      }),
      TrainerControl: {
        args: {
          should_epoch_stop: ended,
          should_evaluate: false,
          should_log: false,
          should_save: false,
          should_training_stop: ended,
        },
        attributes: {},
      },
    },
    total_flos: 0,
    train_batch_size: input.batch_size,
    trial_name: null,
    trial_params: null,
  };
}
