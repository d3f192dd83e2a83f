/** Makes a measurement in a process of its own: memory that one figure took does not lie in the next one's way. */
import { fork } from 'node:child_process';
import { type ErrorCode, FettleError, type FettleErrorOptions } from '../errors.ts';
import type { DecodeJob, DecodeResult } from './decode.ts';
import type { RunJob, RunResult } from './run.ts';
import type { StepJob, StepResult } from './step.ts';

export type Job = StepJob | DecodeJob | RunJob;

export type ChildReply = { result: unknown } | { error: FettleErrorOptions & { code: ErrorCode; message: string } };

/** @throws FettleError what the measurement throws; FETTLE_INTERNAL when the process fails, with what it wrote to stderr */
export function inChild(job: StepJob): Promise<StepResult>;
export function inChild(job: DecodeJob): Promise<DecodeResult>;
export function inChild(job: RunJob): Promise<RunResult>;
export function inChild(job: Job): Promise<unknown> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./child.${extension}`, import.meta.url), { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  child.send(job);
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('message', (reply: ChildReply) => {
      if ('result' in reply) resolve(reply.result);
      else reject(new FettleError(reply.error.code, reply.error.message, reply.error));
    });
    child.once('exit', (code, signal) => {
      const end = signal === null ? `code ${code}` : signal;
      const hint = signal === 'SIGKILL' ? 'was there enough memory?' : undefined;
      reject(new FettleError('FETTLE_INTERNAL', `the process of the ${job.kind} benchmark ended with ${end}: ${stderr.trim()}`, { hint }));
    });
  });
}
