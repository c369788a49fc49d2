/** The command line: CoreDNS's flags in Go's syntax (`-flag`, `--flag`, `-flag=value`). */

import {
  type FlagSpec,
  type FlagSpecs,
  formatFlags,
  isTrue,
  readDuration,
  readFlags,
  readPort,
  UsageError,
} from './flag-syntax.ts'

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
  /** Files and directories with extra configuration. */
  readonly extraCorefiles: readonly string[]
  /** The ConfigMap with extra configuration, `NAMESPACE/NAME`; empty for none. */
  readonly extraConfigMap: string
  /** How the API is reached that the ConfigMap is read from; empty for the pod's own cluster. */
  readonly kubeconfig: string
  /** Words that are no flags; only commands take them. */
  readonly words: readonly string[]
}

const helpFlag: FlagSpec<Flags> = {
  help: 'show this',
  read: (value) => ({ help: isTrue(value) }),
}
const portFlag: FlagSpec<Flags> = {
  takes: 'PORT',
  help: 'default port (53)',
  read: (value, name) => ({ dnsPort: readPort(name, value) }),
}

/** What all commands understand. */
export const specs: FlagSpecs<Flags> = {
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
  'extra-corefile': {
    takes: 'PATH',
    help: 'further server blocks; a broken file is left out alone (repeatable)',
    read: (value, name, { extraCorefiles }) => ({
      extraCorefiles: [...new Set([...extraCorefiles, ...readPaths(name, value)])],
    }),
  },
  'extra-configmap': {
    takes: 'NS/NAME',
    help: 'the same from a ConfigMap, read and watched through the API',
    read: (value, name) => ({ extraConfigMap: readObjectName(name, value) }),
  },
  kubeconfig: {
    takes: 'FILE',
    help: 'how to reach that API (the service account of the pod)',
    read: (value) => ({ kubeconfig: value }),
  },
  json: {
    help: 'output for programs (check, explain, plugins)',
    read: (value) => ({ json: isTrue(value) }),
  },
  help: helpFlag,
  h: helpFlag,
}

/** What holds where a flag is not given. */
export const defaultFlags: Flags = {
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
  extraCorefiles: [],
  extraConfigMap: '',
  kubeconfig: '',
  words: [],
}

/**
 * Reads a command line. `takesWords` lets in words that are no flags.
 * @throws UsageError
 */
export function parseFlags(words: readonly string[], takesWords = false): Flags {
  const others: string[] = []
  const flags = readFlags(words, specs, defaultFlags, (word) => {
    if (!takesWords) throw new UsageError(`extra command line argument: ${word}`)
    others.push(word)
  })
  return { ...flags, words: others }
}

/** The flags for people, one a line. */
export function formatUsage(): string {
  return `Usage: fingerpost [run] [flags]
       fingerpost check [FILE]             what is wrong with a Corefile (exit code 0, 1 or 2)
       fingerpost explain NAME [TYPE]      which block and plugins answer a query, and how
       fingerpost plugins                  the plugins in the order of the chain
       fingerpost new plugin NAME [DIR]    a plugin of your own, with test and README
       fingerpost node -localip IP,...     the DNS of a Kubernetes node (fingerpost node -help)

${formatFlags(specs)}
`
}

/** Paths with commas between them. @throws UsageError */
function readPaths(name: string, text: string): string[] {
  const paths = text.split(',')
  if (paths.every((path) => path !== '')) return paths
  throw new UsageError(`invalid value "${text}" for flag -${name}: paths with commas between them`)
}

/** Names as the API has them (RFC 1123); they become part of a URL. */
function readObjectName(name: string, text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(text)) {
    return text
  }
  const example = 'kube-system/coredns-extra-configs'
  throw new UsageError(`invalid value "${text}" for flag -${name}: NAMESPACE/NAME, say ${example}`)
}
