// Amplify JS v6 against a pool, told nothing but the endpoint. Arguments: endpoint, pool id, client id, `custom` for the CUSTOM_AUTH flows.
// Prints one JSON object with what happened.
import { createHmac } from 'node:crypto';
import { Amplify } from 'aws-amplify';
import * as auth from 'aws-amplify/auth';
import { mailTo } from './inbox.mjs';

// Browsers and newer versions of Node have it; Amplify names a device after it.
globalThis.navigator ??= { userAgent: 'node' };
const [userPoolEndpoint, userPoolId, userPoolClientId, kind] = process.argv.slice(2);
Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint } } });
const told = {};
const password = 'Passw0rd!';

const mailed = async to => (await mailTo(userPoolEndpoint, to)).code;

function totp(secret, shift) {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map(octet => parseInt(octet, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + shift));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

const step = result => result.nextStep.signInStep ?? result.nextStep.signUpStep;

async function usual() {
  const signedUp = await auth.signUp({ username: 'bob', password, options: { userAttributes: { email: 'bob@example.com' }, autoSignIn: { authFlowType: 'USER_AUTH' } } });
  const confirmed = await auth.confirmSignUp({ username: 'bob', confirmationCode: await mailed('bob@example.com') });
  told.signUp = [step(signedUp), step(confirmed), step(await auth.autoSignIn())];
  await auth.signOut();

  told.srp = step(await auth.signIn({ username: 'bob', password }));
  told.user = (await auth.getCurrentUser()).username;
  told.email = (await auth.fetchAuthSession()).tokens.idToken.payload.email;
  const before = (await auth.fetchAuthSession()).tokens.accessToken.payload.jti;
  told.refreshed = (await auth.fetchAuthSession({ forceRefresh: true })).tokens.accessToken.payload.jti !== before;
  await auth.updateUserAttributes({ userAttributes: { name: 'Bob' } });
  told.attributes = Object.keys(await auth.fetchUserAttributes()).sort();
  await auth.sendUserAttributeVerificationCode({ userAttributeKey: 'email' });
  await auth.confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: await mailed('bob@example.com') });
  await auth.updatePassword({ oldPassword: password, newPassword: 'N3w-password!' });

  await auth.rememberDevice();
  await auth.signOut();
  told.device = step(await auth.signIn({ username: 'bob', password: 'N3w-password!' }));
  told.devices = (await auth.fetchDevices()).length;
  await auth.forgetDevice();

  const { sharedSecret } = await auth.setUpTOTP();
  await auth.verifyTOTPSetup({ code: totp(sharedSecret, 0) });
  await auth.updateMFAPreference({ totp: 'PREFERRED' });
  told.mfa = await auth.fetchMFAPreference();
  await auth.signOut();
  told.totp = [step(await auth.signIn({ username: 'bob', password: 'N3w-password!' })), step(await auth.confirmSignIn({ challengeResponse: totp(sharedSecret, 1) }))];
  await auth.updateMFAPreference({ totp: 'DISABLED' });
  await auth.signOut({ global: true });
  told.signedOut = await auth.getCurrentUser().then(() => 'still in', error => error.name);

  told.reset = (await auth.resetPassword({ username: 'bob' })).nextStep.resetPasswordStep;
  await auth.confirmResetPassword({ username: 'bob', confirmationCode: await mailed('bob@example.com'), newPassword: password });
  told.wrong = await auth.signIn({ username: 'bob', password: 'Wr0ng-one!' }).then(() => 'in', error => error.name);
  told.password = step(await auth.signIn({ username: 'bob', password, options: { authFlowType: 'USER_PASSWORD_AUTH' } }));
  await auth.signOut();
  told.code = [step(await auth.signIn({ username: 'bob', options: { authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' } })), step(await auth.confirmSignIn({ challengeResponse: await mailed('bob@example.com') }))];
  await auth.deleteUser();

  told.temporary = [step(await auth.signIn({ username: 'tom', password: 'Temp0rary!' })), step(await auth.confirmSignIn({ challengeResponse: password }))];
}

async function custom() {
  const signIn = (authFlowType, word) => auth.signIn({ username: 'alice', password: word, options: { authFlowType } });
  told.withPassword = [step(await signIn('CUSTOM_WITH_SRP', password)), step(await auth.confirmSignIn({ challengeResponse: '42' }))];
  await auth.signOut();
  told.wrongPassword = await signIn('CUSTOM_WITH_SRP', 'Wr0ng-one!').then(() => 'in', error => error.name);
  told.without = [step(await signIn('CUSTOM_WITHOUT_SRP'))];
  told.without.push(step(await auth.confirmSignIn({ challengeResponse: '41' })), step(await auth.confirmSignIn({ challengeResponse: '42' })));
}

try {
  await (kind === 'custom' ? custom() : usual());
} catch (error) {
  told.error = `${error.name}: ${error.message}`;
}

console.log(JSON.stringify(told));
process.exit(0);
