// Sends queries to a port without waiting for answers, until its standard input ends; prints the
// number of answers every 100 ms.
//
//   flood.mjs PORT
import dgram from 'node:dgram'
import process from 'node:process'

/** Sent in a row before answers are looked at. */
const BURST = 200
const query = Buffer.from('00070100000100000000000001610474657374000001'.concat('0001'), 'hex')

const socket = dgram.createSocket('udp4')
await new Promise((resolve) => socket.connect(Number(process.argv[2]), '127.0.0.1', resolve))
let answers = 0
let isOver = false
socket.on('message', () => answers++)
socket.on('error', () => {})
process.stdin
  .on('end', () => {
    isOver = true
  })
  .resume()
const timer = setInterval(() => {
  console.log(answers)
  answers = 0
}, 100)
function burst() {
  for (let i = 0; i < BURST; i++) socket.send(query)
  if (!isOver) setImmediate(burst)
  else {
    clearInterval(timer)
    socket.close()
  }
}
burst()
