/** Zones: their text, their records, and what they answer: `@fingerpost/sdk/zone`. */

export { type LoadedZone, loadZone, type ZoneSource } from './load-zone.ts'
export { isNewer, serialOf } from './serial.ts'
export { answerQuery, notifySecondaries, type ServedZone, transferSource } from './served-zone.ts'
export { type SigningOptions, signZone } from './sign-zone.ts'
export { TransferIn, type TransferResult } from './transfer-in.ts'
export { type Addition, MAX_ZONE_RECORDS, ZoneData } from './zone-data.ts'
export { ZoneFault } from './zone-fault.ts'
export { ZoneFile, type ZoneFileOptions, type ZoneFileState } from './zone-file.ts'
export { ZoneIndex } from './zone-index.ts'
export { clearZoneMetrics, setZoneMetrics, zoneFailures } from './zone-metrics.ts'
export { ZoneReplies } from './zone-replies.ts'
export { transferOut } from './zone-transfer.ts'
