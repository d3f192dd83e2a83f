/** The process that makes one measurement. What it does not need is not loaded: memory is one of the figures. */
import { FettleError } from '../errors.ts';
import type { ChildReply, Job } from './in-child.ts';

async function measure(job: Job): Promise<unknown> {
  if (job.kind === 'step') return (await import('./step.ts')).measureStep(job);
  if (job.kind === 'decode') return (await import('./decode.ts')).measureDecode(job);
  return (await import('./run.ts')).measureRun(job);
}

process.once('message', async (job: Job) => {
  const reply = await measure(job).then(
    (result): ChildReply => ({ result }),
    (error: unknown): ChildReply => {
      if (!(error instanceof FettleError)) throw error;
      const { code, message, hint, problems } = error;
      return { error: { code, message, hint, problems } };
    },
  );
  process.send!(reply, () => process.disconnect());
});
