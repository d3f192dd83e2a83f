/** Trains the fake model into argv[2], saving every argv[3] steps, argv[4] rows a step; prints what the run threw. */
import { FettleError } from '../../src/errors.ts';
import { runFake } from './fake-job.ts';

const [output, save_steps, batch_size] = process.argv.slice(2);
const often = { save_steps: Number(save_steps), batch_size: Number(batch_size) };
try {
  await runFake({ output: output!, train: { ...often, max_steps: 200, eval_steps: 50, save_total_limit: 1000 } });
} catch (error) {
  if (!(error instanceof FettleError)) throw error;
  console.log(JSON.stringify({ code: error.code, exit: error.exitCode, message: error.message }));
}
