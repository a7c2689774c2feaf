import { getToken } from "./auth.js";
import { getConfig } from "./config.js";

export class Unauthorized extends Error {}

async function call(method, path, body) {
  const response = await fetch(getConfig().apiUrl + path, {
    method,
    headers: {
      Authorization: `Bearer ${getToken()}`,
      ...(body && { "Content-Type": "application/json" }),
    },
    body: body && JSON.stringify(body),
  });
  if (response.status === 401 || response.status === 403) throw new Unauthorized();
  const text = await response.text();
  const json = text ? parse(text) : null;
  if (!response.ok) throw new Error(json?.message ?? `The API answered ${response.status}.`);
  return json;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const pathOf = ({ category, name }) => `/recipes/${encodeURIComponent(category)}/${encodeURIComponent(name)}`;

export const listRecipes = () => call("GET", "/recipes");
export const addRecipe = (recipe) => call("POST", "/recipes", recipe);
export const saveRecipe = (recipe) => call("PUT", pathOf(recipe), recipe);
export const deleteRecipe = (recipe) => call("DELETE", pathOf(recipe));
