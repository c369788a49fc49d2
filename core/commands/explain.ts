/** `fingerpost explain NAME TYPE`: answers one query from a Corefile and tells how. */

import {
  Class,
  composeQuery,
  Flag,
  type Listener,
  parseNameText,
  parseTypeText,
  type Query,
} from '@fingerpost/sdk'
import type { MakeExplained } from '../generation.ts'

/** What to ask; undefined when the words are no name or no type. */
export function readQuestion(name: string, type: string): MakeExplained | undefined {
  const qname = parseNameText(name)
  const qtype = parseTypeText(type)
  if (qname === undefined || qtype === undefined) return undefined
  return (listener: Listener, trace: (note: string) => void): Query =>
    composeQuery({
      id: 0,
      flags: Flag.RD,
      qname,
      qtype,
      qclass: Class.IN,
      edns: { udpSize: 1232, flags: 0, options: [] },
      exchange: { listener, clientAddress: '127.0.0.1', clientPort: 0, trace },
      depth: 0,
    })
}
