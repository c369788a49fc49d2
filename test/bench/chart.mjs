// Draws what a run measured: a bar for each server, by scenario.

const WIDTH = 720
const LABEL_WIDTH = 240
const BAR_HEIGHT = 18
const GAP = 14
const HEAD = 34
const COLORS = ['#0b7285', '#868e96', '#ced4da']

/** SVG of `{ scenario: [{ name, microseconds }] }`; the first server of each is the one measured. */
export function chartOf(results) {
  const most = Math.max(
    ...Object.values(results).flatMap((rows) => rows.map(({ microseconds }) => microseconds)),
  )
  const scale = (WIDTH - LABEL_WIDTH - 90) / most
  const parts = []
  let y = HEAD
  for (const [scenario, rows] of Object.entries(results)) {
    for (const [i, { name, microseconds }] of rows.entries()) {
      const width = Math.max(microseconds * scale, 1)
      const middle = y + BAR_HEIGHT / 2
      if (i === 0) parts.push(text(8, middle, scenario, 'start', 600))
      parts.push(text(LABEL_WIDTH - 8, middle, name, 'end'))
      const color = COLORS[Math.min(i, COLORS.length - 1)]
      const size = `width="${width.toFixed(1)}" height="${BAR_HEIGHT - 3}"`
      parts.push(`<rect x="${LABEL_WIDTH}" y="${y + 1}" ${size} fill="${color}"/>`)
      parts.push(text(LABEL_WIDTH + width + 6, middle, microseconds.toFixed(2), 'start'))
      y += BAR_HEIGHT
    }
    y += GAP
  }
  const title = text(8, 16, 'CPU per query, in microseconds (less is better)', 'start', 600)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="13">`,
    '<title>CPU per query by scenario and server</title>',
    `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`,
    title,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function text(x, y, content, anchor, weight = 400) {
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" dominant-baseline="middle"`
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text ${place} text-anchor="${anchor}" font-weight="${weight}">${escaped}</text>`
}
