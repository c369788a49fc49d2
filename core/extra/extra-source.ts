/**
 * Where extra configuration comes from: server blocks and snippets beside the Corefile that come
 * and go, and whose mistakes are theirs alone (DESIGN section 5).
 */

import type { ConfigError } from '@fingerpost/sdk'

/** A file, a directory or a ConfigMap with extra configuration. It may be missing. */
export interface ExtraSource {
  /** What there is now. Never rejects: what can't be read says so in the place of its text. */
  read(): Promise<ExtraReading>
  /** Calls back when there is something new that no watched file tells of; returns how to stop. */
  follow?(onChange: () => void): () => void
  /** Hears what became of its texts: whoever can tell people does. Must not throw. */
  report?(report: ExtraReport): void
  /** Ends what {@link ExtraSource.follow} and reports need. */
  close?(): void
}

/** What a source has at one moment. */
export interface ExtraReading {
  readonly texts: readonly ExtraText[]
  /** Absolute paths of files to watch; they may be missing. */
  readonly files: readonly string[]
  /** Absolute paths of directories whose names matter; they may be missing, too. */
  readonly directories: readonly string[]
  /** What should be told though it keeps nothing from running. */
  readonly warnings: readonly ConfigError[]
}

/** One extra configuration. */
export interface ExtraText {
  /** As messages, metrics and `/status` name it: a path, as a rule. */
  readonly path: string
  /** What it says, or why that can't be told. */
  readonly text: string | ConfigError
}

/** What became of one text of a source. */
export interface ExtraReport {
  /** Of the text. */
  readonly path: string
  readonly outcome: 'quarantined' | 'served'
  /** Why it is quarantined, with places; empty when it is served again. */
  readonly reason: string
}

/** A text of a ConfigMap may be as long as etcd lets it be. */
export const MAX_EXTRA_BYTES = 1024 * 1024
/** Texts of all sources; more are quarantined. */
export const MAX_EXTRAS = 100
