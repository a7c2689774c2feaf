import { useEffect, useState } from "react";
import { Link } from "react-router";
import { createLoginUrl } from "../auth.js";

export default function Home({ isLoggedIn }) {
  const [loginUrl, setLoginUrl] = useState();

  useEffect(() => {
    if (!isLoggedIn) createLoginUrl().then(setLoginUrl);
  }, [isLoggedIn]);

  return (
    <section className="hero">
      <h1>Welcome to our Recipe List App</h1>
      {isLoggedIn ? (
        <p>
          <Link to="/recipes">You are now logged-in, you can list all your recipes</Link> <Link to="/logout">(logout)</Link>
        </p>
      ) : (
        <p>
          <a className="button" href={loginUrl} aria-disabled={!loginUrl}>
            Please log-in to see recipes list.
          </a>
        </p>
      )}
    </section>
  );
}
