import { useEffect, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { exchangeCode } from "../auth.js";

export default function Authenticate() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const [hasFailed, setHasFailed] = useState(false);

  useEffect(() => {
    let isGone = false;
    exchangeCode(search).then(
      () => !isGone && navigate("/", { replace: true }),
      () => !isGone && setHasFailed(true),
    );
    return () => {
      isGone = true;
    };
  }, [search, navigate]);

  return hasFailed ? (
    <section className="notice" role="alert">
      <p>Sorry, but we were unable to proceed to your authentication.</p>
      <p>
        <Link to="/">Back to the start</Link>
      </p>
    </section>
  ) : (
    <section className="notice" role="status">
      <span className="spinner" aria-hidden="true" />
      <p>Please wait while authenticating...</p>
    </section>
  );
}
