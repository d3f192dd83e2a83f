/** Where the files of a run lie, and whether a folder holds a run already. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';

export class RunFolder {
  readonly root: string;

  constructor(outputDir: string) {
    this.root = outputDir;
  }

  get config(): string {
    return join(this.root, 'config.yaml');
  }
  get metrics(): string {
    return join(this.root, 'metrics.jsonl');
  }
  /** The loss of every training row in every epoch. */
  get ledger(): string {
    return join(this.root, 'ledger.jsonl');
  }
  get trainerState(): string {
    return join(this.root, 'trainer_state.json');
  }
  get splits(): string {
    return join(this.root, 'splits.json');
  }
  get checkpoints(): string {
    return join(this.root, 'checkpoints');
  }
  checkpoint(step: number): string {
    return join(this.checkpoints, `step-${step}`);
  }
  result(folder: string): string {
    return join(this.root, folder);
  }

  /** True when a run was started here. */
  holdsRun(): boolean {
    return [this.config, this.metrics, this.trainerState, this.checkpoints, this.result('adapter')].some((path) => existsSync(path));
  }

  /** Steps of the whole checkpoints, oldest first. */
  checkpointSteps(): number[] {
    if (!existsSync(this.checkpoints)) return [];
    return readdirSync(this.checkpoints)
      .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  /**
   * Checks, without writing, that a run may begin here.
   * @throws FettleError FETTLE_OUTPUT_EXISTS when the folder holds a run, FETTLE_CONFIG when the path is a file
   */
  expectFree(): void {
    this.expectFolder();
    if (!this.holdsRun()) return;
    throw new FettleError('FETTLE_OUTPUT_EXISTS', `expected output_dir ${this.root} to hold no run, found one`, {
      hint: 'go on with it by --resume, or choose another output_dir',
      problems: [{ field: 'output_dir', message: `${this.root} holds a run` }],
    });
  }

  /** @throws FettleError FETTLE_CONFIG when the path is a file */
  expectFolder(): void {
    if (!existsSync(this.root) || statSync(this.root).isDirectory()) return;
    throw new FettleError('FETTLE_CONFIG', `expected output_dir ${this.root} to be a folder, found a file`, {
      problems: [{ field: 'output_dir', message: 'is a file' }],
    });
  }

  async create(): Promise<void> {
    await makeFolder(this.checkpoints);
  }

  /** Removes what a killed process left half written. */
  async removeLeftovers(): Promise<void> {
    for (const folder of [this.root, this.checkpoints, this.result('adapter'), this.result('model')]) {
      if (!existsSync(folder)) continue;
      const leftovers = readdirSync(folder).filter((name) => name.endsWith('.tmp'));
      for (const name of leftovers) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
