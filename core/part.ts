/**
 * A part of a configuration: the Corefile itself, or one extra beside it. A part is set up as a
 * whole or not at all, and what is wrong with one says nothing about the others.
 */

import { type ConfigError, ConfigErrors, type Endpoint } from '@fingerpost/sdk'
import { findDoubts } from './check.ts'
import {
  type ConfiguredBlock,
  configureBlocks,
  type Inherit,
  inReadingOrder,
  prepareBlocks,
  type Resolve,
  shutDown,
} from './configure.ts'
import type { Context } from './context.ts'
import { type Claim, findContention, findIntrusions, findOverlaps } from './corefile/overlap.ts'
import type { Corefile } from './corefile/parse.ts'
import type { Extra } from './extra/read-extras.ts'
import { type Identities, loadIdentities } from './identities.ts'
import { claimsOf } from './placement.ts'
import { refusedTransports } from './refused-transports.ts'

/** A part whose plugins are set up. */
export interface Part {
  /** What it was made of; undefined for the Corefile itself. */
  readonly extra: Extra | undefined
  readonly blocks: readonly ConfiguredBlock[]
  /** What it claims to serve. */
  readonly claims: readonly Claim[]
  readonly identities: Identities
  /** Mistakes that do not keep it from running. */
  readonly warnings: readonly ConfigError[]
}

/** What a part is set up with. */
export interface PartParts {
  readonly context: Context
  readonly dnsPort: number
  readonly resolve: Resolve
  readonly inherit: Inherit
  /** What the parts before it claim. */
  readonly taken: readonly Claim[]
  readonly extra?: Extra | undefined
}

/**
 * Sets up the plugins of a part. When something is wrong, those that were are shut down again.
 * @throws ConfigErrors with everything that is wrong
 */
export async function setUpPart(corefile: Corefile, parts: PartParts): Promise<Part> {
  const { context, dnsPort, resolve, inherit, taken, extra } = parts
  const known = [...corefile.errors, ...refusedTransports(corefile)]
  const prepared = await prepareBlocks({ ...corefile, errors: known }, context)
  const blocks = await configureBlocks(prepared, context, resolve, inherit)
  const claims = blocks.flatMap((block) => claimsOf(block, dnsPort))
  const errors = [...findOverlaps([...taken, ...claims]), ...findIntrusions(claims, taken)]
  const identities = await loadIdentities(blocks, context, errors)
  if (errors.length > 0) {
    await shutDown(blocks)
    throw new ConfigErrors(inReadingOrder(errors))
  }
  const doubts = [...findContention(claims), ...findDoubts(prepared, dnsPort)]
  const warnings = inReadingOrder([...corefile.warnings, ...doubts])
  return { extra, blocks, claims, identities, warnings }
}

/** HTTP endpoints that the blocks of parts ask for. */
export function endpointsOf(parts: readonly Part[]): Endpoint[] {
  return parts.flatMap(({ blocks }) => blocks.flatMap(({ settings }) => settings.endpoints))
}
