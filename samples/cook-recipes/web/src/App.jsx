import { useEffect, useSyncExternalStore } from "react";
import { Link, NavLink, Route, Routes } from "react-router";
import { getToken, readClaims, subscribe } from "./auth.js";
import Authenticate from "./pages/Authenticate.jsx";
import Home from "./pages/Home.jsx";
import Logout from "./pages/Logout.jsx";
import Recipes from "./pages/Recipes.jsx";
import Unauthorized from "./pages/Unauthorized.jsx";

export default function App() {
  const token = useSyncExternalStore(subscribe, getToken);
  const claims = token ? readClaims(token) : null;
  const isAdmin = claims?.["cognito:groups"]?.includes("admin") ?? false;

  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="bar">
        <nav className="bar-inner" aria-label="Main">
          <Link className="brand" to="/">
            <img src="/favicon.svg" alt="" width="28" height="28" />
            Serverless RecipeApi
          </Link>
          <NavLink className="nav-link" to="/recipes">
            List recipes
          </NavLink>
        </nav>
      </header>
      <main className="page" id="content" tabIndex={-1}>
        <Routes>
          <Route path="/" element={<Home isLoggedIn={claims !== null} name={claims?.username} />} />
          <Route path="/index.html" element={<Home isLoggedIn={claims !== null} name={claims?.username} />} />
          <Route path="/recipes" element={<Recipes isAdmin={isAdmin} />} />
          <Route path="/authenticate" element={<Authenticate />} />
          <Route path="/unauthorized" element={<Unauthorized />} />
          <Route path="/logout" element={<Logout />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </main>
      <footer className="foot">Cook recipes, a sample app: sign-in, API, functions and a table, all behind one address.</footer>
    </>
  );
}

function NotFound() {
  useEffect(() => {
    document.title = "Not found – Serverless RecipeApi";
  }, []);
  return (
    <section className="notice">
      <h1>Nothing here</h1>
      <p>
        <Link to="/">Back to the start</Link>
      </p>
    </section>
  );
}
