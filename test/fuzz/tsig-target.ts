/** Signed queries that somebody has tampered with. RFC 8945. */

import { Message, parseQuery, Query, type Random } from '@fingerpost/sdk'
import { fakeHost, fakeListener, loadPlugin, replyWith } from '@fingerpost/sdk/testing'
import tsig from '../../plugins/tsig/index.ts'
import { findTsig } from '../../plugins/tsig/record.ts'
import { mutate } from './mutate.ts'
import { ensure, sameOctets, type Target, unhex } from './target.ts'

// A query that dig sent at this time, and its key.
const SIGNED = unhex(
  '6881012000010000000000020357777701610474657374000001000100002904d000000000000c000a0008702f27dcbff7' +
    '7209016b04746573740000fa00ff00000000003d0b686d61632d7368613235360000006b057c98012c0020f63c5502943f' +
    '243aff84d7b745b9ef42ae5738cf07e35b07aa89ad2cd5c8bf39688100000000',
)
// Octets in front of the signature: header, question, OPT.
const SIGNED_SIZE = 51
const SENT_AT_MS = 1_795_521_688_000
const CORE = 'tsig {\n secret k.test NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk=\n require all\n}'
/** Only what was signed as it is gets through; everything else is refused, signed or not. */
export const tsigTarget: Target = {
  name: 'signed queries',
  input: 'a message with a signature',
  share: 100,
  async prepare(random: Random) {
    const host = fakeHost({ plugin: 'tsig' })
    host.clock.wallNow = () => SENT_AT_MS
    const loaded = await loadPlugin(tsig, CORE, { host, next: replyWith() })
    return {
      next: () => mutate(random, SIGNED),
      async check(input) {
        const exchange = { listener: fakeListener(), clientAddress: '192.0.2.1', clientPort: 1 }
        const query = parseQuery(input.slice(), exchange)
        if (!(query instanceof Query)) return
        const before = loaded.passed.length
        const response = await loaded.ask(query)
        const isThrough = loaded.passed.length > before
        ensure(!isThrough || isUntouched(query), 'a message that was not signed got through')
        const sealed = query.seal?.(response.toBytes())
        if (sealed === undefined) return
        ensure(Message.parse(sealed) !== undefined, 'what is sent can not be walked')
        ensure(findTsig(sealed, query.questionEnd)?.record !== undefined, 'it has no TSIG')
      },
      end: () => loaded.shutdown(),
    }
  },
}

/** Whether what was signed is as it was: everything up to the signature but the id. */
function isUntouched(query: Query): boolean {
  const { at = 0 } = findTsig(query.wire, query.questionEnd) ?? {}
  return sameOctets(query.wire.subarray(2, at), SIGNED.subarray(2, SIGNED_SIZE))
}
