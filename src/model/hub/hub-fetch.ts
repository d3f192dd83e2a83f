/** `fetch` as the hub's client is to use it: with a limit on the wait, and refusals told as what they are. */
import { FettleError } from '../../errors.ts';
import type { HubId } from './hub-id.ts';
import type { HubSettings } from './hub-settings.ts';

/** Nobody waits longer to hear that there is no network; a hub that has answered may take its time. */
const seconds = { first: 5, later: 30 };

/** A `fetch` for one model. Throws `FETTLE_HUB`, `FETTLE_HUB_GATED`, `FETTLE_MODEL_NOT_FOUND`; the signal's reason when aborted. */
export function hubFetch(settings: HubSettings, id: HubId, signal: AbortSignal | undefined): typeof fetch {
  let limit = seconds.first;
  return async (input, init) => {
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(new Error(`no answer within ${limit} seconds`)), limit * 1000);
    const signals = [timer.signal, ...(signal ? [signal] : [])];
    let response: Response;
    try {
      response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      limit = seconds.later;
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreachable(settings, cause);
    } finally {
      clearTimeout(timeout);
    }
    if (response.ok) return checkedRange(response, init, settings);
    if (response.headers.get('X-Error-Code') === 'EntryNotFound') return response;
    throw await refusal(response, settings, id);
  };
}

/** A server that ignores the range would send the file from its start, in the middle of ours. */
function checkedRange(response: Response, init: RequestInit | undefined, settings: HubSettings): Response {
  const range = new Headers(init?.headers).get('Range');
  if (range === null || range === 'bytes=0-0' || response.status === 206) return response;
  throw new FettleError('FETTLE_HUB', `expected ${settings.endpoint} to send ${range}, found status ${response.status}`);
}

function unreachable({ endpoint }: HubSettings, cause: unknown): FettleError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = reason instanceof Error ? reason.message : String(reason);
  return new FettleError('FETTLE_HUB', `expected an answer from ${endpoint}, found none: ${why}`, {
    cause,
    hint: 'Check the network; HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 uses what the cache holds, a folder or .gguf file needs no hub.',
  });
}

async function refusal(response: Response, { endpoint, token }: HubSettings, { repo, revision }: HubId): Promise<FettleError> {
  const { status, headers } = response;
  const code = headers.get('X-Error-Code');
  await response.body?.cancel();
  if (code === 'RepoNotFound' || (status === 404 && code !== 'RevisionNotFound')) {
    return new FettleError(
      'FETTLE_MODEL_NOT_FOUND',
      `expected a model ${repo} at ${endpoint}, found none (and no folder of that name here)`,
      {
        hint: 'Check the spelling; for a private model set HF_TOKEN to a token of an account that may read it.',
      },
    );
  }
  if (code === 'RevisionNotFound') {
    return new FettleError('FETTLE_MODEL_NOT_FOUND', `expected a branch, tag or commit ${revision} of ${repo} at ${endpoint}, found none`);
  }
  if (status === 401 || status === 403) {
    const has = token === undefined ? 'no token was given' : 'the token given does not open it';
    return new FettleError('FETTLE_HUB_GATED', `expected to read ${repo}, found it gated (status ${status}): ${has}`, {
      hint: `Accept its licence at ${endpoint}/${repo}, make a token at ${endpoint}/settings/tokens, and set HF_TOKEN to it.`,
    });
  }
  const hint = status === 429 ? 'Too many requests: wait a little, or set HF_TOKEN.' : 'Try again later.';
  return new FettleError('FETTLE_HUB', `expected ${endpoint} to answer for ${repo}, found status ${status}`, { hint });
}
