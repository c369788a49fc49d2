/** Keys of a zone that is nowhere, made with dnssec-keygen: for tests. */

/** ECDSA P-256, an entry point (257). */
export const ecdsaKey = {
  publicText: `; This is a key-signing key, keyid 17329, for example.org.
example.org. IN DNSKEY 257 3 13 MnHx6+CKB1lGQB/X7X+1lbrUVSachJfv8DM2IkyE8PTpHudRu0R7Hcrf /puwe9EqS6gwSOdI8cp3/rJF0dTe4w==
`,
  privateText: `Private-key-format: v1.3
Algorithm: 13 (ECDSAP256SHA256)
PrivateKey: g5O/T1LIByz6KitDka4a8cVEx4zXardWoqqJRoHJo6I=
Created: 20261124120839
Publish: 20261124120839
Activate: 20261124120839
`,
} as const

/** Ed25519; here with the flags of a zone key (256). */
export const ed25519Key = {
  publicText: `example.org. IN DNSKEY 256 3 15 H28GmyxFynQCi0aLRJlS+uqN1hBoCCBKnUR770nRGd0=
`,
  privateText: `Private-key-format: v1.3
Algorithm: 15 (ED25519)
PrivateKey: f4706HeqOF77JlNLY0peYaSgHpjUdzyf55kPe7rHTHw=
Created: 20261124120839
Publish: 20261124120839
Activate: 20261124120839
`,
} as const
