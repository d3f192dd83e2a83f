/** The flags of every command that generates text. */
import type { Command } from 'commander';
import type { GenerateOptions } from '../eval/generate.ts';
import { notNegativeNumber, share, wholeNumber } from './number-flags.ts';

export interface SamplingFlags {
  maxTokens: number;
  temperature: number;
  topK: number;
  topP: number;
  seed: number;
  stop: string[];
  ignoreEos?: true;
}

export function addSamplingFlags(command: Command): Command {
  return command
    .option('--max-tokens <number>', 'the longest answer, in tokens', wholeNumber(1), 256)
    .option('--temperature <number>', '0 takes the likeliest token each time', notNegativeNumber, 0)
    .option('--top-k <number>', 'choose among the likeliest so many; 0 is off', wholeNumber(0), 0)
    .option('--top-p <number>', 'choose among the likeliest that have this share together; 1 is off', share, 1)
    .option('--seed <number>', 'the same seed gives the same answer', wholeNumber(0), 0)
    .option('--stop <text>', 'a text that ends the answer (again for more)', (text: string, before: string[]) => [...before, text], [])
    .option('--ignore-eos', "go on after the model's own stop tokens");
}

export function generateOptions({ maxTokens, temperature, topK, topP, seed, stop, ignoreEos }: SamplingFlags): GenerateOptions {
  return { max_tokens: maxTokens, sampling: { temperature, top_k: topK, top_p: topP, seed }, stop, ignore_eos: ignoreEos === true };
}
