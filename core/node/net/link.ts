/** The interface that has the local addresses, made and kept by iproute2's `ip`. */

import type { CommandResult, NodeNetworkSettings, RunCommand } from './network.ts'
import { NOT_FOUND } from './run-command.ts'

export class Link {
  readonly #settings: Pick<NodeNetworkSettings, 'interfaceName' | 'interfaceType'>
  readonly #run: RunCommand

  constructor(
    settings: Pick<NodeNetworkSettings, 'interfaceName' | 'interfaceType'>,
    run: RunCommand,
  ) {
    this.#settings = settings
    this.#run = run
  }

  /**
   * Makes the interface, or takes the one there is, and gives it the addresses it does not have.
   * @throws LinkError
   */
  async ensure(localIps: readonly string[]): Promise<void> {
    const { interfaceName: name, interfaceType: type } = this.#settings
    let found = await this.#look()
    if (found === undefined) {
      await this.#must(['link', 'add', name, 'type', type], 'interface_add', ALREADY)
      found = { isUp: false, addresses: [] }
    }
    if (!found.isUp) await this.#must(['link', 'set', name, 'up'], 'interface_add')
    for (const ip of localIps) {
      if (found.addresses.includes(ip)) continue
      // An address that others could have as well would have to wait until it is sure they don't.
      const unchecked = ip.includes(':') ? ['nodad'] : []
      const words = ['address', 'add', hostPrefix(ip), 'dev', name, ...unchecked]
      await this.#must(words, 'interface_add', ALREADY)
    }
  }

  /** Takes addresses from the interface. @throws LinkError */
  async removeAddresses(ips: readonly string[]): Promise<void> {
    const { interfaceName: name } = this.#settings
    const found = await this.#look()
    for (const ip of ips) {
      if (!found?.addresses.includes(ip)) continue
      const words = ['address', 'del', hostPrefix(ip), 'dev', name]
      await this.#must(words, 'interface_check', /Cannot assign requested address/)
    }
  }

  /** Removes the interface, if there is one. @throws LinkError */
  async remove(): Promise<void> {
    const { interfaceName: name } = this.#settings
    if ((await this.#look()) === undefined) return
    await this.#must(['link', 'del', name], 'interface_check', /Cannot find device/)
  }

  /** The interface as it is; undefined when there is none. */
  async #look(): Promise<{ isUp: boolean; addresses: string[] } | undefined> {
    const { interfaceName: name } = this.#settings
    const result = await this.#run(['ip', '-json', 'address', 'show', 'dev', name])
    if (/does not exist|cannot find device/i.test(result.stderr)) return undefined
    if (result.status !== 0) throw this.#fault(result, 'interface_check')
    try {
      const all = JSON.parse(result.stdout) as readonly Partial<IpLink>[]
      const link = all.find(({ ifname }) => ifname === name)
      if (link === undefined) return undefined
      return {
        isUp: link.flags?.includes('UP') ?? false,
        addresses: (link.addr_info ?? []).map(({ local }) => local ?? ''),
      }
    } catch (cause) {
      throw new LinkError(`ip: not understood: ${String(cause)}`, 'interface_check')
    }
  }

  /** `isDone` is what ip says when somebody who wants the same was faster: a successor. */
  async #must(
    words: readonly string[],
    errorType: LinkError['errorType'],
    isDone?: RegExp,
  ): Promise<void> {
    const result = await this.#run(['ip', ...words])
    if (result.status === 0 || isDone?.test(result.stderr)) return
    throw this.#fault(result, errorType)
  }

  #fault({ status, stderr }: CommandResult, errorType: LinkError['errorType']): LinkError {
    const { interfaceName: name, interfaceType: type } = this.#settings
    return new LinkError(`interface ${name}: ${reasonOf(status, stderr, type)}`, errorType)
  }
}

/** Of a link, and of an address as older and newer kernels say it. */
const ALREADY = /File exists|already assigned/i

/** What `ip -json address show` says of an interface. */
interface IpLink {
  readonly ifname: string
  readonly flags: readonly string[]
  readonly addr_info: readonly { readonly local?: string }[]
}

function hostPrefix(ip: string): string {
  return `${ip}/${ip.includes(':') ? 128 : 32}`
}

function reasonOf(status: number, stderr: string, type: string): string {
  if (status === NOT_FOUND) return 'there is no ip: the package iproute2 is missing'
  const [reason = ''] = stderr.trim().split('\n')
  if (/Unknown device type/i.test(stderr)) {
    return (
      `the kernel of this node has no links of the type ${type}: load its module ` +
      `(modprobe ${type}), or name another type (-interface-type bridge)`
    )
  }
  if (/not permitted/i.test(stderr)) return `${reason} (NET_ADMIN is needed)`
  if (/IPv6 is disabled/i.test(stderr)) return `${reason}: leave IPv6 out of -localip`
  return reason || `ip ended with ${status}`
}

/** The interface could not be made or looked at; the message is for people. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly errorType: 'interface_add' | 'interface_check'

  constructor(message: string, errorType: 'interface_add' | 'interface_check') {
    super(message)
    this.errorType = errorType
  }
}
