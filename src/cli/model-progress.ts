/** How far bringing a model in has come, for the eye. */
import type { ModelProgress } from '../model/progress.ts';
import { bytes } from './numbers.ts';

export function modelProgressLine(progress: ModelProgress): string {
  const { bytes: done, total } = progress;
  const percent = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : '';
  const what = progress.stage === 'download' ? `downloading ${progress.file}:` : 'loading the model:';
  return `${what} ${bytes(done)} of ${bytes(total)}${percent}`;
}
