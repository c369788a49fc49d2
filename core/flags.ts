/** The command line: CoreDNS's flags in Go's syntax (`-flag`, `--flag`, `-flag=value`). */

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
}

/** A command line that can't be understood; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface FlagSpec {
  readonly key: keyof Flags
  readonly takes?: string
  readonly help: string
}

const specs: Readonly<Record<string, FlagSpec>> = {
  conf: { key: 'conf', takes: 'FILE', help: 'Corefile to load; "stdin" reads standard input' },
  'dns.port': { key: 'dnsPort', takes: 'PORT', help: 'default port (53)' },
  p: { key: 'dnsPort', takes: 'PORT', help: 'default port (53)' },
  pidfile: { key: 'pidfile', takes: 'FILE', help: 'file to write the process id to' },
  plugins: { key: 'plugins', help: 'list the plugins in the order of the chain' },
  version: { key: 'version', help: 'show the version' },
  quiet: { key: 'quiet', help: 'print nothing at start' },
  watch: { key: 'watch', help: 'reload when configuration files change (on; -watch=false: off)' },
  state: { key: 'state', takes: 'DIR', help: 'keep the last working configuration here' },
  help: { key: 'help', help: 'show this' },
  h: { key: 'help', help: 'show this' },
}

/**
 * Reads a command line.
 * @throws UsageError
 */
export function parseFlags(words: readonly string[]): Flags {
  const flags: { -readonly [K in keyof Flags]: Flags[K] } = {
    conf: '',
    dnsPort: 53,
    pidfile: '',
    plugins: false,
    version: false,
    quiet: false,
    watch: true,
    state: '',
    help: false,
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word)
    if (match === null) throw new UsageError(`extra command line argument: ${word}`)
    const [, name = '', attached] = match
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined) throw new UsageError(`flag provided but not defined: -${name}`)
    if (spec.takes === undefined) {
      Object.assign(flags, { [spec.key]: readBoolean(name, attached) })
      continue
    }
    const value = attached ?? words[++i]
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`)
    Object.assign(flags, { [spec.key]: spec.key === 'dnsPort' ? readPort(name, value) : value })
  }
  return flags
}

/** The flags for people, one a line. */
export function formatUsage(): string {
  const lines = Object.entries(specs).map(([name, { takes, help }]) => {
    const flag = takes === undefined ? `-${name}` : `-${name} ${takes}`
    return `  ${flag.padEnd(18)}${help}`
  })
  return `Usage: fingerpost [flags]\n\n${lines.join('\n')}\n`
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
