/** Names of models on the hub: `org/name[@revision]`, or one file of such a model, `org/name/file.gguf[@revision]`. */

export interface HubId {
  /** `org/name` */
  repo: string;
  /** A branch, tag or commit; `main` when the name does not say. */
  revision: string;
  /** A GGUF file of the model, when one is named. */
  file?: string;
}

const segment = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const pattern = new RegExp(`^(${segment}/${segment})((?:/${segment})*/${segment}\\.gguf)?(?:@([A-Za-z0-9_][A-Za-z0-9._/-]*))?$`);

/** Undefined when `spec` is no such name. A file system path never is one unless it could be both. */
export function parseHubId(spec: string): HubId | undefined {
  const [, repo, file, revision] = pattern.exec(spec) ?? [];
  if (repo === undefined || spec.includes('..') || spec.length > 300) return undefined;
  // "folder/model.gguf" is a file that is not there, not a repository.
  if (file === undefined && repo.endsWith('.gguf')) return undefined;
  return { repo, revision: revision ?? 'main', ...(file && { file: file.slice(1) }) };
}
