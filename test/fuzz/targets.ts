/** Everything that is fuzzed. */

import { controlFrameTarget } from './control-frame-target.ts'
import { corefileTarget, optionTarget } from './corefile-target.ts'
import { frameTarget } from './frame-target.ts'
import { messageTarget } from './message-target.ts'
import { nameTarget, nameTextTarget } from './name-target.ts'
import { rdataTarget, recordTextTarget } from './rdata-target.ts'
import { expressionTarget, rewriteTarget } from './rule-target.ts'
import { serverTarget } from './server-target.ts'
import type { Target } from './target.ts'
import { templateTarget } from './template-target.ts'
import { tsigTarget } from './tsig-target.ts'
import { upstreamTarget } from './upstream-target.ts'
import { zoneTarget } from './zone-target.ts'

export const targets: readonly Target[] = [
  serverTarget,
  nameTarget,
  nameTextTarget,
  rdataTarget,
  recordTextTarget,
  zoneTarget,
  templateTarget,
  messageTarget,
  frameTarget,
  controlFrameTarget,
  upstreamTarget,
  optionTarget,
  rewriteTarget,
  expressionTarget,
  tsigTarget,
  corefileTarget,
]
