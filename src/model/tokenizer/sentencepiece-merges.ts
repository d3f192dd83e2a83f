/**
 * SentencePiece stores a score for each piece instead of a list of merges: at every step it joins the neighbours whose
 * joined piece has the highest score. As merges: every way to cut a piece into two pieces, best score first.
 */
export function mergesFromScores(pieces: ReadonlyMap<string, { id: number; score: number }>): [string, string][] {
  const merges: { left: string; right: string; score: number; id: number; leftId: number }[] = [];
  for (const [piece, { id, score }] of pieces) {
    const chars = [...piece];
    let left = '';
    for (let cut = 1; cut < chars.length; cut++) {
      left += chars[cut - 1];
      const right = piece.slice(left.length);
      const leftPiece = pieces.get(left);
      if (leftPiece && pieces.has(right)) merges.push({ left, right, score, id, leftId: leftPiece.id });
    }
  }
  merges.sort((a, b) => b.score - a.score || a.id - b.id || a.leftId - b.leftId);
  return merges.map(({ left, right }) => [left, right]);
}
