/** The octets of a query for A, with RD. */
export function composeQuery(id, name) {
  const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label)
  return Buffer.concat([
    Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    Buffer.from(`${labels.join('')}\0`, 'latin1'),
    Buffer.from([0, 1, 0, 1]),
  ])
}
