using System.Text;
using Galley.Store;

namespace Galley.Cognito.OAuth;

/// <summary>Which client calls the token or revocation endpoint: HTTP Basic, or id and secret in the form; a public client by its id alone.</summary>
internal sealed class ClientAuthentication(Installation installation, Clients clients)
{
    /// <summary>The client, or an OAuth error.</summary>
    public async ValueTask<(UserPoolClient? Client, string? Error)> Check(SignInRequest request)
    {
        var id = request.Form("client_id");
        var secret = request.Form("client_secret");
        if (request.Header("Authorization") is { } header)
        {
            if (secret is not null) return (null, "invalid_request");
            if (Basic(header) is not var (user, password)) return (null, "invalid_client");
            if (id is not null && id != user) return (null, "invalid_client");
            (id, secret) = (user, password);
        }

        if (string.IsNullOrEmpty(id)) return (null, "invalid_request");
        var client = await installation.Store.Read(tx => Clients.Find(tx, request.Pool.Ref, id));
        return client is not null && clients.IsSecret(client, secret) ? (client, null) : (null, "invalid_client");
    }

    private static (string User, string Password)? Basic(string header)
    {
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var length)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }
}
