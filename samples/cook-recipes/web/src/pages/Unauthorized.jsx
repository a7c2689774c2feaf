import { Link } from "react-router";

export default function Unauthorized() {
  return (
    <section className="notice" role="alert">
      <h1>Access Forbidden</h1>
      <p>You are not supposed to be there.</p>
      <p>
        <Link to="/">Back to the start</Link>
      </p>
    </section>
  );
}
