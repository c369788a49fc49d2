/** The command line: CoreDNS's flags in Go's syntax (`-flag`, `--flag`, `-flag=value`). */

import { durationBetween } from '@fingerpost/sdk'
import * as v from 'valibot'

/** What the command line asks for. */
export interface Flags {
  /** The Corefile; `stdin` reads standard input; empty when not given. */
  readonly conf: string
  /** Port of server blocks that name none. */
  readonly dnsPort: number
  readonly pidfile: string
  /** Lists the plugins and ends. */
  readonly plugins: boolean
  readonly version: boolean
  /** Prints no zones and no version at start. */
  readonly quiet: boolean
  /** Whether configuration files are watched. */
  readonly watch: boolean
  /** Directory for the last working configuration; empty for none. */
  readonly state: string
  readonly help: boolean
  /** Output for programs (*check*, *explain*, *plugins*). */
  readonly json: boolean
  /** Directories that plugins are looked for in; empty for `plugins/` beside the Corefile. */
  readonly pluginDirs: readonly string[]
  /** How long a third-party plugin may take for one query. */
  readonly pluginTimeoutMs: number
  /** Address of the administration, `off` for none. */
  readonly admin: string
  /** File with the token that the administration asks for. */
  readonly adminTokenFile: string
  /** Words that are no flags; only commands take them. */
  readonly words: readonly string[]
}

/** A command line that can't be understood; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

type Mutable = { -readonly [K in keyof Flags]: Flags[K] }

interface FlagSpec {
  readonly takes?: string
  readonly help: string
  /** What the value changes; for flags without one it is `true` or `false`. */
  read(value: string, name: string, flags: Flags): Partial<Flags>
}

const isTrue = (value: string): boolean => value === 'true'

const helpFlag: FlagSpec = {
  help: 'show this',
  read: (value) => ({ help: isTrue(value) }),
}
const portFlag: FlagSpec = {
  takes: 'PORT',
  help: 'default port (53)',
  read: (value, name) => ({ dnsPort: readPort(name, value) }),
}

const specs: Readonly<Record<string, FlagSpec>> = {
  conf: {
    takes: 'FILE',
    help: 'Corefile to load; "stdin" reads standard input',
    read: (value) => ({ conf: value }),
  },
  'dns.port': portFlag,
  p: portFlag,
  pidfile: {
    takes: 'FILE',
    help: 'file to write the process id to',
    read: (value) => ({ pidfile: value }),
  },
  plugins: {
    help: 'list the plugins in the order of the chain',
    read: (value) => ({ plugins: isTrue(value) }),
  },
  version: {
    help: 'show the version',
    read: (value) => ({ version: isTrue(value) }),
  },
  quiet: {
    help: 'print nothing at start',
    read: (value) => ({ quiet: isTrue(value) }),
  },
  watch: {
    help: 'reload when configuration files change (on; -watch=false: off)',
    read: (value) => ({ watch: isTrue(value) }),
  },
  state: {
    takes: 'DIR',
    help: 'keep the last working configuration here, and start with it if need be',
    read: (value) => ({ state: value }),
  },
  'plugin-dir': {
    takes: 'DIR',
    help: 'look for plugins here (repeatable; plugins/ beside the Corefile)',
    read: (value, _, { pluginDirs }) => ({ pluginDirs: [...pluginDirs, value] }),
  },
  'plugin-timeout': {
    takes: 'TIME',
    help: 'how long such a plugin may take for a query (4s)',
    read: (value, name) => ({ pluginTimeoutMs: readDuration(name, value) }),
  },
  admin: {
    takes: 'ADDR',
    help: 'address of the administration (127.0.0.1:8053; off: none)',
    read: (value) => ({ admin: value }),
  },
  'admin-token-file': {
    takes: 'FILE',
    help: 'token for the administration, needed where it is not on a loopback address',
    read: (value) => ({ adminTokenFile: value }),
  },
  json: {
    help: 'output for programs (check, explain, plugins)',
    read: (value) => ({ json: isTrue(value) }),
  },
  help: helpFlag,
  h: helpFlag,
}

/**
 * Reads a command line. `takesWords` lets in words that are no flags.
 * @throws UsageError
 */
export function parseFlags(words: readonly string[], takesWords = false): Flags {
  const flags: Mutable = {
    conf: '',
    dnsPort: 53,
    pidfile: '',
    plugins: false,
    version: false,
    quiet: false,
    watch: true,
    state: '',
    help: false,
    json: false,
    pluginDirs: [],
    pluginTimeoutMs: 4000,
    admin: '127.0.0.1:8053',
    adminTokenFile: '',
    words: [],
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word)
    if (match === null) {
      if (!takesWords) throw new UsageError(`extra command line argument: ${word}`)
      flags.words = [...flags.words, word]
      continue
    }
    const [, name = '', attached] = match
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined) throw new UsageError(`flag provided but not defined: -${name}`)
    const value =
      spec.takes === undefined ? String(readBoolean(name, attached)) : (attached ?? words[++i])
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`)
    Object.assign(flags, spec.read(value, name, flags))
  }
  return flags
}

/** The flags for people, one a line. */
export function formatUsage(): string {
  const lines = Object.entries(specs).map(([name, { takes, help }]) => {
    const flag = takes === undefined ? `-${name}` : `-${name} ${takes}`
    return `  ${flag.padEnd(24)}${help}`
  })
  return `Usage: fingerpost [run] [flags]
       fingerpost check [FILE]             what is wrong with a Corefile (exit code 0, 1 or 2)
       fingerpost explain NAME [TYPE]      which block and plugins answer a query, and how
       fingerpost plugins                  the plugins in the order of the chain
       fingerpost new plugin NAME [DIR]    a plugin of your own, with test and README

${lines.join('\n')}
`
}

function readBoolean(name: string, text: string | undefined): boolean {
  if (text === undefined || ['1', 't', 'true', 'T', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'false', 'F', 'FALSE', 'False'].includes(text)) return false
  throw new UsageError(`invalid boolean value "${text}" for -${name}`)
}

function readPort(name: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError(`invalid value "${text}" for flag -${name}: a port is 0 to 65535`)
}

function readDuration(name: string, text: string): number {
  const result = v.safeParse(durationBetween({ minMs: 1 }), text)
  if (result.success) return result.output
  throw new UsageError(`invalid value "${text}" for flag -${name}: for example 4s`)
}
