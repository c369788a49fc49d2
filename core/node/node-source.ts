/**
 * The configuration of a node, rendered from its template, the ConfigMap `kube-dns`, the Service of
 * the cluster's DNS and the host's resolvers whenever one of them changes. Rendered in memory; what
 * runs is written out as well, where node-cache would have it.
 */

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Clock, ConfigError, type Counter, type Logger, type Network } from '@fingerpost/sdk'
import type { ExtraReading, ExtraSource } from '../extra/extra-source.ts'
import type { ConfigSource } from '../read-corefile.ts'
import { writeCorefile } from './corefile-output.ts'
import { chooseHostResolvers, type HostResolvers } from './host-resolvers.ts'
import type { KubeDnsDirectory } from './kube-dns-directory.ts'
import type { NodeFlags } from './node-flags.ts'
import { composeStubDomains, type StubDomainBlock } from './stub-domains.ts'
import { stubAnswers } from './stub-probe.ts'
import { fillTemplate, usesClusterDns } from './template.ts'
import { missingServiceHelp, serviceAddress } from './upstream-service.ts'

export interface NodeSourceOptions {
  readonly flags: NodeFlags
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly kubeDns: KubeDnsDirectory
  readonly network: Network
  readonly clock: Clock
  readonly log: Logger
  /** Counts what keeps a configuration from being rendered. */
  readonly errors: Pick<Counter, 'add'>
}

/** ConfigMaps are swapped at once: there is little to wait for. */
const SETTLE_MS = 100

/** A node's configuration. */
export class NodeSource implements ConfigSource {
  readonly isFile = true
  readonly settleMs = SETTLE_MS
  readonly #options: NodeSourceOptions
  #path: string
  /** What was read last: the base, and the blocks of stub domains. */
  #base = ''
  #stubDomains: readonly StubDomainBlock[] = []
  /** What the files of those are called that are not served. */
  readonly #quarantined = new Set<string>()
  #told = ''
  #complaint = ''

  constructor(options: NodeSourceOptions) {
    this.#options = options
    this.#path = options.flags.template
  }

  /** The template; the Corefile itself where there is none. */
  get path(): string {
    return this.#path
  }

  /** Stub domains stand or fall each for itself. */
  get stubDomains(): ExtraSource {
    return {
      read: () => Promise.resolve(this.#readStubDomains()),
      report: ({ path, outcome }) => {
        if (outcome === 'served') this.#quarantined.delete(path)
        else this.#quarantined.add(path)
      },
    }
  }

  /** @throws ConfigError */
  async read(): Promise<string> {
    try {
      return await this.#read()
    } catch (error) {
      this.#options.errors.add()
      throw error
    }
  }

  async #read(): Promise<string> {
    const { flags, kubeDns } = this.#options
    const template = await readIfThere(flags.template)
    await kubeDns.read()
    this.#path = template === undefined ? flags.output : flags.template
    if (template === undefined) this.#base = await this.#readRendered()
    else this.#base = await this.#render(template)
    return this.#base
  }

  async taken(): Promise<void> {
    const { flags, log } = this.#options
    if (this.#path === flags.output || resolve(flags.output) === resolve(flags.template)) return
    const served = this.#stubDomains.filter(
      ({ domain }) => !this.#quarantined.has(this.#at(domain)),
    )
    try {
      await writeCorefile(flags.output, this.#base + served.map(({ text }) => `\n${text}`).join(''))
      this.#complaint = ''
    } catch (error) {
      const complaint = `the Corefile is not written to ${flags.output}: ${messageOf(error)}`
      if (complaint !== this.#complaint) log.warning(complaint)
      this.#complaint = complaint
    }
  }

  async #render(template: string): Promise<string> {
    const { flags, kubeDns, environment } = this.#options
    const { localIps, upstreamService, clusterDomain, prometheusAddress } = flags
    const clusterDns = serviceAddress(upstreamService, environment)
    if (clusterDns === undefined && usesClusterDns(template)) {
      const help = missingServiceHelp(upstreamService, environment)
      throw new ConfigError(
        'setup',
        `${flags.template} sends queries to __PILLAR__CLUSTER__DNS__, but nothing tells where that is`,
        { suggestion: help },
      )
    }
    const { stubDomains, upstreamNameservers } = kubeDns.config
    const resolvers = await this.#chooseResolvers()
    const { text, warnings } = fillTemplate(template, {
      upstreamServers: upstreamNameservers,
      resolvConf: resolvers.path,
      clusterDns,
      localIps,
      clusterDomain,
      metricsAddress: prometheusAddress,
    })
    const { dnsPort: port } = flags
    this.#stubDomains = composeStubDomains(stubDomains, { port, localIps, base: text })
    const isNoted = upstreamNameservers.length === 0 && resolvers.note !== undefined
    this.#tell(isNoted ? [resolvers.note, ...warnings] : warnings)
    return text
  }

  /** Manifests that render the Corefile themselves mount it where the output would be. */
  async #readRendered(): Promise<string> {
    const { template, output } = this.#options.flags
    this.#stubDomains = []
    const text = await readIfThere(output)
    if (text !== undefined) {
      this.#tell([`there is no template ${template}: ${output} is taken as it is`])
      return text
    }
    throw new ConfigError('file', `there is no template ${template}, and no Corefile ${output}`, {
      suggestion: 'mount the ConfigMap there, or say where it is with -basecorefile',
    })
  }

  #chooseResolvers(): Promise<HostResolvers> {
    const { flags, network, clock } = this.#options
    return chooseHostResolvers({
      ...flags,
      readText: (file) => readIfThere(file).catch(() => undefined),
      answers: (address) => stubAnswers({ network, clock }, address),
    })
  }

  #readStubDomains(): ExtraReading {
    const { flags, kubeDns } = this.#options
    const texts: ExtraReading['texts'][number][] = this.#stubDomains.map(({ domain, text }) => ({
      path: this.#at(domain),
      text,
    }))
    if (kubeDns.problems.length > 0) {
      const problems = kubeDns.problems.join('; ')
      const message = `the ConfigMap is not valid, what it said before holds: ${problems}`
      texts.push({ path: kubeDns.path, text: new ConfigError('file', message) })
    }
    const resolvers = [flags.resolvConf, flags.upstreamResolvConf].map((file) => resolve(file))
    const files = [...kubeDns.files, ...resolvers, resolve(flags.template)]
    return { texts, files, directories: [], warnings: [] }
  }

  /** What messages call a stub domain. */
  #at(domain: string): string {
    return `${this.#options.kubeDns.path}/stubDomains "${domain}"`
  }

  /** Says what is new. */
  #tell(warnings: readonly string[]): void {
    const text = warnings.join('\n')
    if (text !== this.#told && text !== '') this.#options.log.warning(text)
    this.#told = text
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ConfigError('file', `can't read ${path}: ${message}`, { cause })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
