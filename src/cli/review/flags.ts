/** The flags of `fettle review`. */
import type { DataFormat } from '../../config/schema.ts';

export interface ReviewFlags {
  reviewer?: string;
  run?: string;
  model?: string;
  facts?: string;
  sample?: number;
  seed?: number;
  format: DataFormat;
  decisions?: string;
  export?: string;
  agreement?: true | string;
  json?: true;
}
