/** Finding the word that was probably meant: the nearest candidate by edit distance. */

/** Words longer than this are not compared: nobody mistypes a paragraph. */
const MAX_LENGTH = 64

/**
 * Finds the candidate that a mistyped word most probably stands for: the one with the least edits
 * (insert, delete, replace, swap of neighbours; letter case is free), if there are few enough of
 * them for the length of the word. The first candidate wins a tie.
 *
 * @example nearest('forwrad', ['forward', 'file']) // 'forward'
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestEdits = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestEdits) continue
    const edits = editDistance(wanted, candidate.toLowerCase())
    // All letters changed is a different word, however short.
    if (edits >= bestEdits || edits >= candidate.length) continue
    best = candidate
    bestEdits = edits
  }
  return best
}

/** The optimal string alignment distance of two words. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (isSwap) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[to.length]!
}
