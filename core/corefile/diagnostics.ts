/** Shows configuration errors the way compilers do: place, line, underline, help, import trail. */

import type { ConfigError, Token } from '@fingerpost/sdk'

/** Longer source lines are shown in part, around the word that is meant. */
const maxLineLength = 120
const maxTrail = 8

/**
 * Formats errors (or warnings) as plain text, one after the other, with a newline at the end.
 *
 * @example
 * Corefile:3:5: error: unknown directive 'forwrad'
 *     3 |     forwrad . 1.1.1.1
 *       |     ^^^^^^^
 *   = help: did you mean 'forward'?
 */
export function formatDiagnostics(
  errors: readonly ConfigError[],
  severity: 'error' | 'warning' = 'error',
): string {
  return errors.map((error) => formatDiagnostic(error, severity)).join('')
}

function formatDiagnostic(error: ConfigError, severity: string): string {
  const { at, suggestion } = error
  const place = at === undefined ? '' : `${placeOf(at)}: `
  const lines = [`${place}${severity}: ${printable(error.message)}`]
  if (at !== undefined) lines.push(...excerpt(at))
  if (suggestion !== undefined) lines.push(`  = help: ${printable(suggestion)}`)
  if (at !== undefined) lines.push(...trail(at))
  return `${lines.join('\n')}\n`
}

function placeOf(at: Token): string {
  return `${printable(at.source.path)}:${at.line}:${at.column}`
}

/** The source line and the underline. The file may have changed: a missing line shows nothing. */
function excerpt(at: Token): string[] {
  const source = at.source.lines[at.line - 1]
  if (source === undefined) return []
  const column = at.column - 1
  let start = 0
  let line = source
  if (source.length > maxLineLength) {
    start = Math.max(0, Math.min(column - maxLineLength / 3, source.length - maxLineLength))
    line = source.slice(start, start + maxLineLength)
  }
  const before = start > 0 ? '…' : ''
  const after = start + line.length < source.length ? '…' : ''
  // Tabs stay in both lines, so that the underline fits whatever they are wide.
  const indent = line.slice(0, column - start).replace(/[^\t]/g, ' ')
  const width = Math.max(1, Math.min(at.width, line.length - (column - start)))
  const number = String(at.line).padStart(5)
  return [
    `${number} | ${before}${printable(line)}${after}`,
    `${' '.repeat(number.length)} | ${before && ' '}${indent}${'^'.repeat(width)}`,
  ]
}

function trail(at: Token): string[] {
  const imports: Token[] = []
  for (let via = at.via; via !== undefined; via = via.via) imports.push(via)
  const lines = imports.slice(0, maxTrail).map((via) => `  imported at ${placeOf(via)}`)
  const hidden = imports.length - maxTrail
  return hidden > 0 ? [...lines, `  … and ${hidden} imports further up`] : lines
}

/** A file may hold control characters; a terminal must not obey them. Their width is kept. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t]|[\u2028-\u202e]/gu, '\ufffd')
}
