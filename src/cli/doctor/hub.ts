/** Whether a model hub answers. */
import type { Finding } from './finding.ts';

const milliseconds = 5000;

export async function hub(): Promise<Finding> {
  const name = 'hub';
  const endpoint = process.env.HF_ENDPOINT ?? 'https://huggingface.co';
  const mend = 'models in folders and .gguf files work without it; behind a mirror set HF_ENDPOINT';
  if (process.env.HF_HUB_OFFLINE === '1')
    return { name, status: 'note', found: 'not asked, since HF_HUB_OFFLINE=1; models come from the cache' };
  try {
    const response = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(milliseconds) });
    const token = process.env.HF_TOKEN === undefined ? 'no HF_TOKEN' : 'HF_TOKEN is set';
    if (response.status < 500) return { name, status: 'ok', found: `${endpoint} answers; ${token}` };
    return { name, status: 'note', found: `${endpoint} answers with status ${response.status}`, mend };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { name, status: 'note', found: `${endpoint} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, mend };
  }
}
