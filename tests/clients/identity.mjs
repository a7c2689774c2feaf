// amazon-cognito-identity-js against a pool: SRP, an authenticator app, a remembered device, a new password.
// Arguments: endpoint, pool id, client id. Prints one JSON object with what happened.
import { createHmac } from 'node:crypto';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

const [endpoint, UserPoolId, ClientId] = process.argv.slice(2);
const memory = new Map();
const Storage = {
  setItem: (key, value) => memory.set(key, value), getItem: key => memory.get(key) ?? null,
  removeItem: key => memory.delete(key), clear: () => memory.clear(),
};
const pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage });
const told = {};

function totp(secret, time) {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map(octet => parseInt(octet, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

let secret;
let shift = 0;
const signIn = (user, Username, Password, newPassword) => new Promise((resolve, reject) => {
  const seen = [];
  const callbacks = {
    onSuccess: session => resolve({ session, seen }), onFailure: reject,
    newPasswordRequired: () => { seen.push('newPasswordRequired'); user.completeNewPasswordChallenge(newPassword, {}, callbacks); },
    totpRequired: () => { seen.push('totpRequired'); user.sendMFACode(totp(secret, Date.now() / 1000 + 30 * shift), callbacks, 'SOFTWARE_TOKEN_MFA'); },
    mfaRequired: () => reject(new Error('mfaRequired')),
  };
  user.authenticateUser(new AuthenticationDetails({ Username, Password }), callbacks);
});
const call = (user, method, ...given) => new Promise((resolve, reject) => user[method](...given, (error, data) => error ? reject(error) : resolve(data)));

try {
  const tom = new CognitoUser({ Username: 'tom', Pool: pool, Storage });
  told.newPassword = (await signIn(tom, 'tom', 'Temp0rary!', 'Passw0rd!!')).seen;

  const user = new CognitoUser({ Username: 'alice', Pool: pool, Storage });
  const first = await signIn(user, 'alice', 'Passw0rd!');
  told.plain = first.seen;
  told.username = first.session.getIdToken().payload['cognito:username'];
  told.deviceKey = first.session.getAccessToken().payload.device_key;
  secret = await new Promise((resolve, reject) => user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }));
  await new Promise((resolve, reject) => user.verifySoftwareToken(totp(secret, Date.now() / 1000), 'phone', { onSuccess: resolve, onFailure: reject }));
  told.preference = await call(user, 'setUserMfaPreference', null, { Enabled: true, PreferredMfa: true });
  told.refreshed = await new Promise((resolve, reject) => user.refreshSession(first.session.getRefreshToken(), (error, session) => error ? reject(error) : resolve(session.isValid())));

  // A remembered device takes the place of the code.
  told.remembered = (await signIn(user, 'alice', 'Passw0rd!')).seen;
  told.devices = await new Promise((resolve, reject) => user.listDevices(10, null, { onSuccess: data => resolve(data.Devices.length), onFailure: reject }));
  await new Promise((resolve, reject) => user.forgetDevice({ onSuccess: resolve, onFailure: reject }));
  memory.clear();
  shift = 1;
  const stranger = new CognitoUser({ Username: 'alice', Pool: pool, Storage });
  told.stranger = (await signIn(stranger, 'alice', 'Passw0rd!')).seen;
  try {
    await signIn(new CognitoUser({ Username: 'alice', Pool: pool, Storage }), 'alice', 'Wr0ng-one!');
  } catch (error) {
    told.wrong = error.code;
  }
} catch (error) {
  told.error = `${error.code ?? error.name}: ${error.message}`;
}

console.log(JSON.stringify(told));
