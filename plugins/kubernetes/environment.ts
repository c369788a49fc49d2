/** The process's environment, read as Linux shows it: an API is found by it inside of a pod. */

import type { Files } from '@fingerpost/sdk'

/** Reads the environment; empty where there is no `/proc`. */
export async function readEnvironment(files: Files): Promise<Map<string, string>> {
  const text = await files.readText('/proc/self/environ').catch(() => '')
  const variables = text.split('\0').map((line): [string, string] => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1)]
  })
  return new Map(variables)
}
