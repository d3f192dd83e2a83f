/** How far bringing a model in has come. */
export type ModelProgress =
  | {
      stage: 'download';
      /** The file being fetched, and all files together, in bytes. */
      file: string;
      bytes: number;
      total: number;
    }
  | {
      stage: 'load';
      /** The parameter that was loaded last. */
      name: string;
      /** Bytes of the model's files read so far, and of all. */
      bytes: number;
      total: number;
    };

export type OnModelProgress = (progress: ModelProgress) => void;
