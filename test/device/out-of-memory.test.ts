/** Memory that runs out: before a run it is said, with what would help; within a step the step is made again in smaller parts. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { RunEvent } from '../../src/train/events.ts';
import { finetune } from '../../src/train/finetune.ts';
import { familyFolder, smallConfig } from '../train/small-run.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

const simt = nativeAddon().deviceReport('simt').built;
const used = () => {
  const { memory_bytes, free_bytes } = nativeAddon().deviceReport('simt').devices[0]!;
  return memory_bytes - free_bytes;
};
afterEach(() => {
  delete process.env.FETTLE_SIMT_MEMORY;
  delete process.env.FETTLE_MEMORY;
});

function config(folder: string) {
  const train = { epochs: 1, max_steps: 3, eval_steps: 100, save_steps: 100, micro_batch_tokens: 192 };
  return { ...smallConfig(folder, { family: 'llama31', train }), device: 'simt', quantization: 'nf4', compute_dtype: 'bf16' } as const;
}

describe.skipIf(!simt)('memory of the emulated device', () => {
  test.each([
    ['FETTLE_MEMORY', '1M', /found 1 MiB \(FETTLE_MEMORY\)/],
    ['FETTLE_SIMT_MEMORY', String(2 ** 20), /found 1 MiB \(the free memory of emulated device\)/],
  ])('a run that does not fit is refused before anything is loaded (%s)', async (variable, size, message) => {
    process.env[variable] = size;
    const run = finetune(config(temporaryFolder()));
    await expect(run.next()).rejects.toMatchObject({ code: 'FETTLE_MEMORY', exitCode: 3, message: expect.stringMatching(message) });
  });

  test('a step that runs out is made again with smaller micro-batches, to the same loss', { timeout: 300_000 }, async () => {
    const run = async (limit: boolean) => {
      const events: RunEvent[] = [];
      for await (const event of finetune(config(join(temporaryFolder(), 'run')))) {
        events.push(event);
        // from here on nothing more can be taken; the arena is in use, the second step's kernels want more scratch
        if (limit && event.type === 'eval') process.env.FETTLE_SIMT_MEMORY = String(used());
      }
      return events;
    };
    const [whole, short] = [await run(false), await run(true)];
    const losses = (events: RunEvent[]) => events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    const notes = short.flatMap((event) => (event.type === 'note' && event.code === 'out-of-memory' ? [event.message] : []));
    expect(notes[0]).toMatch(/memory ran out in step 1; it was made again with micro-batches of 96 tokens/);
    for (const [i, loss] of losses(short).entries()) expect(Math.abs(loss / losses(whole)[i]! - 1)).toBeLessThan(1e-3);
    expect(losses(short)).toHaveLength(3);
  });

  test('an error names the CUDA error, what was done and what to do', async () => {
    using loaded = await loadModel(familyFolder('llama31'), { device: 'simt' });
    process.env.FETTLE_SIMT_MEMORY = String(used());
    expect(() => loaded.native.reserve(512)).toThrow(
      expect.objectContaining({
        code: 'FETTLE_MEMORY',
        message: expect.stringMatching(/allocating \d+ MiB on the GPU: cudaErrorMemoryAllocation/),
        hint: expect.stringMatching(/activation_checkpointing: full/),
      }),
    );
  });
});
