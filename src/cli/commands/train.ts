/** `fettle train`: fine-tunes a model by a config. */
import type { AddCommand, SetExitCode } from '../command.ts';
import { interrupted, withInterrupt } from '../interrupt.ts';
import { printJson, printLine } from '../output.ts';

interface Flags {
  set: string[];
  resume?: true;
  json?: true;
}

export const addTrain: AddCommand = (program, setExitCode) => {
  program
    .command('train')
    .description('fine-tune a model; prints the folder of the result')
    .argument('[config]', 'the config', 'fettle.yaml')
    .option(
      '--set <key=value>',
      'change a setting, for example train.epochs=5 (again for more)',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--resume', 'go on with the run that output_dir holds')
    .option('--json', 'print the events of the run, one object a line')
    .action((config: string, flags: Flags) => train(config, flags, setExitCode));
};

async function train(file: string, { set, resume, json }: Flags, setExitCode: SetExitCode): Promise<void> {
  const { readConfigFile } = await import('../../config/load.ts');
  const { finetune } = await import('../../train/finetune.ts');
  const { profileAsked } = await import('../../train/step-profile.ts');
  const { profileTable } = await import('../profile-table.ts');
  const { TrainProgress } = await import('../train-progress.ts');
  const { input } = await readConfigFile(file, set);
  const progress = new TrainProgress();
  await withInterrupt('stopping: saving a checkpoint', async (signal) => {
    try {
      for await (const event of finetune(input, { signal, resume: resume === true, config_file: file, onProgress: progress.loading })) {
        progress.show(event);
        if (event.type === 'profile') progress.print(await profileTable(event, profileAsked() === 'shapes'));
        if (json) printJson(event);
        else if (event.type === 'done') printLine(event.path);
        if (event.type === 'stopped') setExitCode(interrupted);
      }
    } finally {
      progress.clear();
    }
  });
}
