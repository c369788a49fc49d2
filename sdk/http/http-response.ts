/**
 * Reads one HTTP/1.1 response from a stream's octets as they come, whatever pieces they come in:
 * status line, fields, and a body that is chunked, of a given length, or ends with the connection.
 *
 * RFC 9112: 2.2 and 4 (head), 6 (body), 7.1 (chunked), 9.6 (close).
 */

/** Takes the parts of a response. */
export interface ResponseReceiver {
  onHead(head: ResponseHead): void
  /**
   * A part of the body, decoded and never empty: the octets from `from` up to `end`. They belong to
   * the receiver. (A view of them alone would cost more than reading them does.)
   */
  onBody(bytes: Uint8Array, from: number, end: number): void
}

export interface ResponseHead {
  readonly status: number
  /** Values by lower-case name; those of a repeated field are joined with commas. */
  readonly fields: ReadonlyMap<string, string>
}

/** The octets of a head, of a chunk's line, and of all trailers together. */
const MAX_HEAD_BYTES = 65_536
const MAX_CHUNK_LINE_BYTES = 1024
/** Above this, sums of sizes would not be exact; no chunk comes near it. */
const MAX_CHUNK_DIGITS = 12

/** What the next octets belong to. */
type State = 'head' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailer' | 'length' | 'close' | 'done'

/** The parser of one response. */
export class ResponseParser {
  readonly #receiver: ResponseReceiver
  #state: State = 'head'
  /** Octets of a line or head that is not complete. */
  #line = ''
  #trailerBytes = 0
  /** What is left of the body or chunk. */
  #leftBytes = 0
  #isPersistent = true

  constructor(receiver: ResponseReceiver) {
    this.#receiver = receiver
  }

  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** Whether the connection can carry another request once this response is done. */
  get isPersistent(): boolean {
    return this.#isPersistent
  }

  /**
   * Takes octets from the connection.
   * @throws HttpSyntaxError for what is no response, and whatever the receiver throws
   */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'done') {
        // Nobody asked for these: the next response could not be told from them.
        this.#isPersistent = false
        return
      }
      at = this.#take(bytes, at)
    }
  }

  /**
   * Says that the connection ended.
   * @throws HttpSyntaxError when the response is cut short by that
   */
  end(): void {
    this.#isPersistent = false
    if (this.#state === 'close') this.#state = 'done'
    if (this.#state !== 'done') throw new HttpSyntaxError('the connection ended in a response')
  }

  #take(bytes: Uint8Array, at: number): number {
    switch (this.#state) {
      case 'length':
      case 'chunk':
      case 'close':
        return this.#takeBody(bytes, at)
      default:
        return this.#takeLine(bytes, at)
    }
  }

  #takeBody(bytes: Uint8Array, at: number): number {
    const isOpen = this.#state === 'close'
    const end = isOpen ? bytes.length : Math.min(bytes.length, at + this.#leftBytes)
    if (!isOpen) {
      this.#leftBytes -= end - at
      if (this.#leftBytes === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'done'
    }
    this.#receiver.onBody(bytes, at, end)
    return end
  }

  #takeLine(bytes: Uint8Array, at: number): number {
    const found = bytes.indexOf(LINE_FEED, at)
    const end = found < 0 ? bytes.length : found + 1
    const limit = this.#state === 'head' ? MAX_HEAD_BYTES : MAX_CHUNK_LINE_BYTES
    if (this.#line.length + (end - at) > limit) throw new HttpSyntaxError('a line is too long')
    this.#line += latin1(bytes, at, end)
    if (found >= 0) this.#takeWholeLine()
    return end
  }

  #takeWholeLine(): void {
    if (this.#state === 'head') {
      // The whole head is gathered: it ends with an empty line.
      if (/\n\r?\n$/.test(this.#line)) this.#takeHead(this.#takeGathered())
      else if (/^\r?\n$/.test(this.#line)) this.#line = ''
      return
    }
    const line = this.#takeGathered().replace(/\r?\n$/, '')
    if (this.#state === 'chunk-line') this.#beginChunk(line)
    else if (this.#state === 'chunk-end') this.#endChunk(line)
    else this.#takeTrailer(line)
  }

  #takeGathered(): string {
    const gathered = this.#line
    this.#line = ''
    return gathered
  }

  #takeHead(text: string): void {
    const head = parseHead(text)
    // 100 and its like announce nothing that matters here; 101 was not asked for.
    if (head.status < 200) return
    const { fields, status } = head
    const codings = (fields.get('transfer-encoding') ?? '').toLowerCase()
    const length = fields.get('content-length')
    if (/\bclose\b/i.test(fields.get('connection') ?? '')) this.#isPersistent = false
    if (text.startsWith('HTTP/1.0')) this.#isPersistent = false
    if (status === 204 || status === 304) this.#state = 'done'
    else if (codings === 'chunked') this.#state = 'chunk-line'
    else if (codings !== '') throw new HttpSyntaxError(`no transfer coding '${codings}' is known`)
    else if (length === undefined) this.#state = 'close'
    else this.#beginLength(length)
    if (this.#state === 'close') this.#isPersistent = false
    this.#receiver.onHead(head)
  }

  #beginLength(text: string): void {
    if (!/^\d{1,15}$/.test(text)) throw new HttpSyntaxError('the content length is no number')
    this.#leftBytes = Number(text)
    this.#state = this.#leftBytes === 0 ? 'done' : 'length'
  }

  #beginChunk(line: string): void {
    const digits = /^([0-9a-f]+)[ \t]*(;.*)?$/i.exec(line)?.[1]
    if (digits === undefined || digits.length > MAX_CHUNK_DIGITS) {
      throw new HttpSyntaxError('the size of a chunk is no number')
    }
    this.#leftBytes = Number.parseInt(digits, 16)
    this.#state = this.#leftBytes === 0 ? 'trailer' : 'chunk'
  }

  #endChunk(line: string): void {
    if (line !== '') throw new HttpSyntaxError('a chunk is longer than it says')
    this.#state = 'chunk-line'
  }

  #takeTrailer(line: string): void {
    this.#trailerBytes += line.length
    if (this.#trailerBytes > MAX_HEAD_BYTES) throw new HttpSyntaxError('the trailers are too long')
    if (line === '') this.#state = 'done'
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split(/\r?\n/)
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1]
  if (status === undefined) throw new HttpSyntaxError('this is no HTTP/1.1 response')
  const fields = new Map<string, string>()
  for (const line of lines) {
    if (line === '') continue
    const [, name, value = ''] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined) throw new HttpSyntaxError('a field of the head has no name')
    const key = name.toLowerCase()
    const before = fields.get(key)
    fields.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(status), fields }
}

const LINE_FEED = 0x0a

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

/** What came is not what HTTP/1.1 says; the connection is of no more use. */
export class HttpSyntaxError extends Error {
  override readonly name = 'HttpSyntaxError'
}
