/** What a family of models is to fettle: names it goes by, and how its config becomes numbers. */
import type { DecoderConfig } from '../../native/types.ts';
import type { ConfigReader } from './config-reader.ts';

export interface Family {
  /** transformers' `model_type`. */
  name: string;
  /** Values of `architectures` in config.json. */
  architectures: readonly string[];
  /** Values of `model_type` in config.json, the family's name among them. */
  modelTypes: readonly string[];
  /** The config as transformers would understand it, its defaults filled in. What is wrong is left in the reader's problems. */
  decoder(config: ConfigReader): DecoderConfig;
}
