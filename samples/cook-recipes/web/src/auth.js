// Sign-in with the authorization code flow and PKCE (RFC 7636). The access token is kept in localStorage, as the tutorial does;
// state and verifier live in sessionStorage, so the log-in link opens in the same tab.
import { getConfig } from "./config.js";

const TOKEN = "recipe-app-jwt";
const PENDING = "recipe-app-login";
const listeners = new Set();

export const getToken = () => localStorage.getItem(TOKEN);

export function subscribe(listener) {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

function setToken(token) {
  if (token) localStorage.setItem(TOKEN, token);
  else localStorage.removeItem(TOKEN);
  listeners.forEach((listener) => listener());
}

export const forgetToken = () => setToken(null);

// What the page may show. The API decides for itself what the bearer may do.
export function readClaims(token) {
  try {
    const claims = JSON.parse(new TextDecoder().decode(fromBase64Url(token.split(".")[1])));
    return claims.exp * 1000 > Date.now() ? claims : null;
  } catch {
    return null;
  }
}

export async function createLoginUrl() {
  const { cognitoUrl, clientId, redirectUri } = getConfig();
  const pending = readPending() ?? { state: random(24), verifier: random(48) };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    state: pending.state,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: "S256",
  });
  return `${cognitoUrl}/login?${query}`;
}

let exchange;

// A code works once: React's StrictMode runs effects twice, and both runs share this promise.
export function exchangeCode(search) {
  exchange ??= exchangeOnce(new URLSearchParams(search)).finally(() => {
    exchange = undefined;
  });
  return exchange;
}

async function exchangeOnce(query) {
  const { apiUrl, redirectUri } = getConfig();
  const pending = readPending();
  sessionStorage.removeItem(PENDING);
  history.replaceState(history.state, "", location.pathname); // the code leaves the address bar and the history
  if (!query.get("code") || !pending || query.get("state") !== pending.state) throw new Error("The answer does not belong to a log-in of this tab.");
  const response = await fetch(`${apiUrl}/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: query.get("code"), code_verifier: pending.verifier, redirect_uri: redirectUri }),
  });
  const tokens = await response.json();
  if (!response.ok || !tokens.access_token) throw new Error(tokens.error ?? "No token came back.");
  setToken(tokens.access_token);
}

function readPending() {
  try {
    return JSON.parse(sessionStorage.getItem(PENDING));
  } catch {
    return null;
  }
}

const random = (length) => toBase64Url(crypto.getRandomValues(new Uint8Array(length)));

async function challengeOf(verifier) {
  const bytes = new TextEncoder().encode(verifier);
  // crypto.subtle exists on https and on *.localhost
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

const toBase64Url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const fromBase64Url = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
