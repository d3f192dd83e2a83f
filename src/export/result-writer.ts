/** How a run's result is written: a PEFT adapter (`peft-writer.ts`) or a whole model (`model-folder.ts`). */

/** What a trainable is called in the result's weights file. */
export type NameInFile = (trainable: string) => string;

/** The state that the result holds. */
export interface ResultState {
  step: number;
  /** Its validation loss; null where there are no validation rows. */
  eval_loss: number | null;
}

export interface ResultWriter {
  /** Its name inside the run folder. */
  readonly folder: 'adapter' | 'model';
  readonly weightsFile: string;
  readonly nameInFile: NameInFile;
  /** Writes what the weights file needs beside it to be loaded. */
  writeConfig(path: string): Promise<void>;
  /** Writes or renews the whole folder; `writeWeights` fills a new file that then takes its place in one step. */
  write(path: string, state: ResultState, writeWeights: (file: string) => Promise<void>): Promise<void>;
}
