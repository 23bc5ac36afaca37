/**
 * Decides that ssh2 encrypts with Node's crypto alone, also where somebody has built its addon: the addon's objects ask
 * V8 for the current context when they are collected, and Node aborts the process where there is none, for example
 * while a server renews its keys in the middle of a transfer.
 */
import type { CipherGCMTypes } from 'node:crypto';
import { GcmCipher, GcmDecipher } from './gcm-packets.ts';

interface CipherInfo {
  /** OpenSSL's name. */
  readonly sslName: string;
  /** Bytes. */
  readonly keyLen: number;
  readonly ivLen: number;
}

interface Outbound {
  readonly cipherInfo: CipherInfo;
  readonly cipherKey: Buffer;
  readonly cipherIV: Buffer;
  readonly seqno: number;
  readonly onWrite: (bytes: Uint8Array) => void;
  forceNative?: boolean;
}

interface Inbound {
  readonly decipherInfo: CipherInfo;
  readonly decipherKey: Buffer;
  readonly decipherIV: Buffer;
  readonly seqno: number;
  readonly onPayload: (payload: Buffer) => undefined | false | number;
  forceNative?: boolean;
}

/** What of ssh2's module is used here; `forceNative` is its own word for "without the addon". */
export interface Ssh2Crypto {
  createCipher(config: { readonly outbound: Outbound }): unknown;
  createDecipher(config: { readonly inbound: Inbound }): unknown;
}

const isGcm = (name: string): name is CipherGCMTypes => name === 'aes-128-gcm' || name === 'aes-256-gcm';

/** To be called before the rest of ssh2 is loaded: that takes the functions out of the module once. */
export function withoutAddon(crypto: Ssh2Crypto): void {
  const { createCipher, createDecipher } = crypto;
  crypto.createCipher = (config) => {
    const { cipherInfo, cipherKey: key, cipherIV: iv, seqno, onWrite } = config.outbound;
    if (isGcm(cipherInfo.sslName))
      return new GcmCipher({ algorithm: cipherInfo.sslName, key, iv, seqno }, onWrite);
    config.outbound.forceNative = true;
    return createCipher(config);
  };
  crypto.createDecipher = (config) => {
    const { decipherInfo, decipherKey: key, decipherIV: iv, seqno, onPayload } = config.inbound;
    if (isGcm(decipherInfo.sslName)) {
      return new GcmDecipher({ algorithm: decipherInfo.sslName, key, iv, seqno }, onPayload);
    }
    config.inbound.forceNative = true;
    return createDecipher(config);
  };
}
