/** Whether a model hub answers, asked once and briefly. */

const milliseconds = 5000;

export interface HubProbe {
  endpoint: string;
  answers: boolean;
  /** Why it does not, or a word on how it does. */
  detail: string;
}

/** Asks the hub for its front page; gives up after 5 seconds. */
export async function probeHub(): Promise<HubProbe> {
  const endpoint = process.env.HF_ENDPOINT || 'https://huggingface.co';
  if (process.env.HF_HUB_OFFLINE === '1') return { endpoint, answers: false, detail: 'is not asked, since HF_HUB_OFFLINE=1' };
  try {
    const { status } = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(milliseconds) });
    return { endpoint, answers: status < 500, detail: `answers with status ${status}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { endpoint, answers: false, detail: `does not answer: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}
