import { useEffect } from "react";
import { Link } from "react-router";
import { forgetToken } from "../auth.js";
import { getConfig } from "../config.js";

export default function Logout() {
  const { cognitoUrl, clientId, logoutUri } = getConfig();
  const everywhere = `${cognitoUrl}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: logoutUri })}`;

  useEffect(forgetToken, []);

  return (
    <section className="notice" role="status">
      <p>You have been disconnected from the app.</p>
      <p>
        <Link to="/">Back to the start</Link> · <a href={everywhere}>Sign out of the sign-in page too</a>
      </p>
    </section>
  );
}
