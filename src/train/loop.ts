/** The training loop: which comes after which. */
import type { NoteEvent, RunEvent, StoppedEvent } from './events.ts';
import { peakMemory } from './peak-memory.ts';
import { type TrainingJob, TrainingRun } from './training-run.ts';

/**
 * Trains until the steps are made, early stopping ends it, or the signal stops it; yields an event after everything that happened.
 * A signal takes effect after the current micro-batch: a checkpoint is saved and `stopped` is the last event.
 * @throws FettleError FETTLE_NON_FINITE, FETTLE_NO_SPACE, FETTLE_PERMISSION; the last whole checkpoint stays
 */
export async function* runTraining(job: TrainingJob): AsyncGenerator<RunEvent, void> {
  const run = await TrainingRun.begin(job);
  try {
    for (;;) {
      if (run.evaluationDue) {
        const evaluated = await run.evaluate();
        if (evaluated === null) return yield stopped(run, (await run.save()).path);
        yield evaluated;
      }
      const reason = run.endReason;
      if (reason !== null) {
        yield await run.finish(reason);
        const note = worseThanBase(run);
        if (note !== null) yield note;
        return yield {
          type: 'done',
          reason,
          already_finished: false,
          step: run.step,
          best_step: run.best?.step ?? null,
          best_eval_loss: run.best?.eval_loss ?? null,
          path: job.folder.result(job.result.folder),
          seconds: run.seconds,
          peak_memory: peakMemory(),
        };
      }
      if (run.checkpointDue) yield await run.save();
      const step = await run.makeStep();
      yield* run.takeNotes();
      if (step === null) return yield stopped(run, (await run.save()).path);
      yield step;
    }
  } finally {
    run.close();
  }
}

function stopped(run: TrainingRun, checkpoint: string): StoppedEvent {
  return { type: 'stopped', step: run.step, checkpoint };
}

/** The result of a run that only made things worse is still written, but not in silence. */
function worseThanBase(run: TrainingRun): NoteEvent | null {
  const [before, best] = [run.firstEvalLoss, run.best];
  if (before === null || best === null || best.step === 0 || best.eval_loss < before) return null;
  const message = `no evaluation was below the untrained model's ${before.toFixed(4)}; the best trained state has ${best.eval_loss.toFixed(4)}`;
  return { type: 'note', severity: 'warning', code: 'worse-than-base', message, hint: 'lower learning_rate, or look at the data' };
}
