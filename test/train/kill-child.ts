/** Runs the config in argv[2] (JSON), resuming; prints a line for each event, so that the parent can choose its moment. */
import type { FettleConfigInput } from '../../src/config/schema.ts';
import { finetune } from '../../src/train/finetune.ts';

for await (const event of finetune(JSON.parse(process.argv[2]!) as FettleConfigInput, { resume: true })) {
  process.stdout.write(`${event.type}\n`);
}
