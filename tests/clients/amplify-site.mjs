// What a single-page app takes of Amplify, for the redirect to the sign-in pages; bundled by esbuild for the browser.
export { Amplify } from 'aws-amplify';
export { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth';
