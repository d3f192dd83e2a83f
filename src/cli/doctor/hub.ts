/** Whether a model hub answers. */
import { probeHub } from '../hub-probe.ts';
import type { Finding } from './finding.ts';

export async function hub(): Promise<Finding> {
  const { endpoint, answers, detail } = await probeHub();
  const token = process.env.HF_TOKEN === undefined ? 'no HF_TOKEN' : 'HF_TOKEN is set';
  if (answers) return { name: 'hub', status: 'ok', found: `${endpoint} ${detail}; ${token}` };
  const mend = 'cached models, folders and .gguf files work without it; behind a mirror set HF_ENDPOINT';
  return { name: 'hub', status: 'note', found: `${endpoint} ${detail}`, mend };
}
