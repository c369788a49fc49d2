/** *shed*: asks for what every UDP socket here does by itself when more comes than can be answered. */

import { definePlugin, directive } from '@fingerpost/sdk'

export default definePlugin({ name: 'shed', options: directive({}), setup: () => ({}) })
