declare module 'ssh2/lib/protocol/crypto.js' {
  const crypto: import('./plain-crypto.ts').Ssh2Crypto;
  export default crypto;
}

declare module 'bcrypt-pbkdf' {
  const bcrypt: import('./bcrypt-asked.ts').Bcrypt;
  export default bcrypt;
}
