/**
 * Rewrites a recorded Corefile so that its server blocks are asked over TLS or HTTPS: each key gets
 * the scheme, each block a *tls* line. Layouts in which that might go wrong are left alone.
 */

import type { Lines } from './suite.ts'

/** The rewritten text, or what stands in the way, as words that follow "needs". */
export type Encrypted = { readonly corefile: string } | { readonly obstacle: string }

/** Rewrites a Corefile; `certificate` and `key` are paths. */
export function encryptCorefile(
  lines: Lines,
  scheme: 'tls' | 'https',
  { certPath, keyPath }: { readonly certPath: string; readonly keyPath: string },
): Encrypted {
  const text = typeof lines === 'string' ? lines : lines.join('\n')
  const edits: Edit[] = []
  for (const header of headersOf(text)) {
    if (typeof header === 'string') return { obstacle: header }
    for (const token of header.keys) {
      const keys = token.text.split(',').map((key) => (key === '' ? '' : encryptKey(key, scheme)))
      if (keys.includes(undefined)) return { obstacle: `the key ${token.text} as it is` }
      edits.push({ start: token.start, end: token.end, text: keys.join(',') })
    }
    const end = header.brace.end
    edits.push({ start: end, end, text: `\n    tls "${certPath}" "${keyPath}"` })
  }
  // From the end, so that the places of those before stay right.
  const corefile = edits.reduceRight(
    (edited, edit) => edited.slice(0, edit.start) + edit.text + edited.slice(edit.end),
    text,
  )
  return { corefile }
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The keys of a server block and the brace that opens it. */
interface Header {
  readonly keys: readonly Token[]
  readonly brace: Token
}

/** Quoted texts, comments, words, and the ends of lines. */
const tokenPattern = /"(?:\\.|[^"\\])*"|#[^\n]*|[^\s"#]\S*|\n/g

/** The headers of all server blocks; a text instead of one is an obstacle. */
function* headersOf(text: string): Generator<Header | string> {
  const tokens = Array.from(text.matchAll(tokenPattern), ({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  })).filter((token) => !token.text.startsWith('#'))
  let depth = 0
  let keys: Token[] = []
  for (const [i, token] of tokens.entries()) {
    if (token.text === '}') depth--
    else if (token.text === '{') {
      if (depth++ > 0) continue
      if (tokens[i + 1]?.text !== '\n') yield 'a block on one line'
      if (!keys[0]?.text.startsWith('(')) yield { keys, brace: token }
      keys = []
    } else if (depth === 0 && token.text === 'import' && keys.length === 0) {
      yield 'server blocks from other files'
    } else if (depth === 0 && token.text === '\n') {
      const next = tokens.slice(i).find((other) => other.text !== '\n')
      const goesOn = next?.text === '{' || keys.at(-1)?.text.endsWith(',')
      if (keys.length > 0 && !goesOn) yield 'a block without braces'
    } else if (depth === 0) keys.push(token)
  }
}

/** The key with another scheme and always a port; undefined if that isn't sure to be right. */
function encryptKey(key: string, scheme: string): string | undefined {
  const place = key.replace(/^dns:\/\//, '')
  if (/["{]/.test(place.replace(/:\{port\d*\}$/, ''))) return undefined
  if (/:\{port\d*\}$/.test(place)) return place.includes('://') ? undefined : `${scheme}://${place}`
  // Without a port it is the one of `-dns.port`, which is for no other scheme.
  return place.includes(':') ? undefined : `${scheme}://${place}:{port}`
}
