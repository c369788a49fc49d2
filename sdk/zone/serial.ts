/** Arithmetic of SOA serials (RFC 1982). */

/** Whether serial `left` is newer than `right`; false for the pair that can't be compared. */
export function isNewer(left: number, right: number): boolean {
  const distance = (left - right) >>> 0
  return distance !== 0 && distance < 0x80000000
}
