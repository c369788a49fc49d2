/** Where the recordings and the project are. */

import { fileURLToPath } from 'node:url'

/** The directory of the suites, `<group>/<name>.json`. */
export const suitesDirectory: string = fileURLToPath(new URL('../suites', import.meta.url))

/** Clusters that suites refer to by name, `<name>.json`. */
export const kubeFixturesDirectory: string = fileURLToPath(
  new URL('../fixtures/kubernetes', import.meta.url),
)

/** The recorded verdicts. */
export const verdictsFile: string = fileURLToPath(new URL('../verdicts.json', import.meta.url))

/** The root of the project. */
export const projectRoot: string = fileURLToPath(new URL('../../..', import.meta.url))

/** The certificate that servers under test show, and its key. */
export const testCertificate: { readonly certPath: string; readonly keyPath: string } = {
  certPath: fileURLToPath(new URL('../../../core/listen/testdata/server.crt', import.meta.url)),
  keyPath: fileURLToPath(new URL('../../../core/listen/testdata/server.key', import.meta.url)),
}
