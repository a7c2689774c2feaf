// Written at deploy time beside index.html: { apiUrl, cognitoUrl, clientId, redirectUri, logoutUri }.
let config;

export async function loadConfig() {
  const response = await fetch("/config.json", { cache: "no-cache" });
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok || type.includes("html")) throw new Error("The file /config.json is missing.");
  const read = await response.json();
  for (const name of ["apiUrl", "cognitoUrl", "clientId"])
    if (!read[name]) throw new Error(`The file /config.json has no ${name}.`);
  config = {
    apiUrl: read.apiUrl.trim().replace(/\/+$/, ""),
    cognitoUrl: read.cognitoUrl.trim().replace(/\/+$/, ""),
    clientId: read.clientId,
    redirectUri: read.redirectUri || `${location.origin}/authenticate`,
    logoutUri: read.logoutUri || `${location.origin}/logout`,
  };
}

export const getConfig = () => config;
