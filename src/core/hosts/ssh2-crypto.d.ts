declare module 'ssh2/lib/protocol/crypto.js' {
  const crypto: import('./plain-crypto.ts').Ssh2Crypto;
  export default crypto;
}
