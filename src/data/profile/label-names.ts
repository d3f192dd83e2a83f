/** Names that fields with the class of a row go by. */
const names =
  /^(?:topic|category|label|class|intent|type|source|domain|task|tag|subject|language|lang|difficulty|product|department|channel|sentiment|level)$/i;

export function isLabelName(field: string): boolean {
  return names.test(field);
}
