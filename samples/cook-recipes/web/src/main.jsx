import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import App from "./App.jsx";
import { loadConfig } from "./config.js";
import "./styles.css";

const root = createRoot(document.getElementById("root"));

// Addresses are read when the page opens, so the same build serves every deployment.
loadConfig().then(
  () =>
    root.render(
      <StrictMode>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </StrictMode>,
    ),
  (error) =>
    root.render(
      <main className="page">
        <div className="notice" role="alert">
          <h1>This app is not set up yet</h1>
          <p>{error.message}</p>
        </div>
      </main>,
    ),
);
