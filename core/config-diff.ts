/** Says what a new configuration changes, for the log of a reload. */

import { type BlockText, describeBlocks } from './config-text.ts'
import type { ServerBlock } from './corefile/parse.ts'

/**
 * The changes from one configuration to another, one line each: blocks added and removed, and in
 * those that stay the directives added, removed and changed.
 */
export function describeChanges(
  before: readonly ServerBlock[],
  after: readonly ServerBlock[],
): string[] {
  const old = byName(describeBlocks(before))
  const fresh = byName(describeBlocks(after))
  const changes: string[] = []
  for (const name of old.keys()) if (!fresh.has(name)) changes.push(`removed block ${name}`)
  for (const [name, block] of fresh) {
    const previous = old.get(name)
    if (previous === undefined) changes.push(`added block ${name}`)
    else changes.push(...directiveChanges(name, previous, block))
  }
  return changes
}

/** Blocks of one name (with a *view* there may be several) are told apart by their number. */
function byName(blocks: readonly BlockText[]): Map<string, BlockText> {
  const named = new Map<string, BlockText>()
  for (const block of blocks) {
    let name = block.name
    for (let i = 2; named.has(name); i++) name = `${block.name} (${i})`
    named.set(name, block)
  }
  return named
}

function directiveChanges(name: string, before: BlockText, after: BlockText): string[] {
  const changes: string[] = []
  for (const directive of before.directives.keys()) {
    if (!after.directives.has(directive)) changes.push(`${name}: removed ${directive}`)
  }
  for (const [directive, lines] of after.directives) {
    const previous = before.directives.get(directive)
    if (previous === undefined) changes.push(`${name}: added ${lines[0]}`)
    else if (previous.join('\n') !== lines.join('\n')) {
      changes.push(`${name}: changed ${directive}${lineChanges(previous, lines)}`)
    }
  }
  return changes
}

/** The lines that only one side has, as far as there are few. */
function lineChanges(before: readonly string[], after: readonly string[]): string {
  const gone = before.filter((line) => !after.includes(line))
  const added = after.filter((line) => !before.includes(line))
  if (gone.length + added.length > 6 || gone.length + added.length === 0) return ''
  const words = [
    ...gone.map((line) => `-${line.trim()}`),
    ...added.map((line) => `+${line.trim()}`),
  ]
  return ` (${words.join(', ')})`
}
