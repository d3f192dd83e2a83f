/** What the environment says about the hub; the same variables as Hugging Face's own tools. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getHFHubCachePath } from '@huggingface/hub';

export interface HubSettings {
  /** Without a slash at the end. */
  endpoint: string;
  token: string | undefined;
  offline: boolean;
  /** The folder that all of Hugging Face's tools share. */
  cache: string;
}

/** HF_ENDPOINT, HF_TOKEN (else the token that `hf auth login` left), HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME. */
export function hubSettings(): HubSettings {
  const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE = '' } = process.env;
  return {
    endpoint: (HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    token: HF_TOKEN?.trim() || storedToken(),
    offline: /^(1|on|yes|true)$/i.test(HF_HUB_OFFLINE),
    cache: getHFHubCachePath(),
  };
}

function storedToken(): string | undefined {
  const { HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME, HF_HUB_DISABLE_IMPLICIT_TOKEN = '' } = process.env;
  if (/^(1|on|yes|true)$/i.test(HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const home = HF_HOME ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  try {
    return readFileSync(HF_TOKEN_PATH ?? join(home, 'token'), 'utf8').trim() || undefined;
  } catch (error) {
    // No token is the usual case; public models need none.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
