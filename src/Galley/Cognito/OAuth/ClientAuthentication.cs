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
            if (secret is not null) return Refuse("invalid_request", "the client's secret came in the header and in the form", "send it once");
            if (Basic(header) is not var (user, password)) return Refuse("invalid_client", "the Authorization header is not Basic with id and secret");
            if (id is not null && id != user) return Refuse("invalid_client", "client_id in the form is another than in the header");
            (id, secret) = (user, password);
        }

        if (string.IsNullOrEmpty(id)) return Refuse("invalid_request", "there is no client_id");
        var client = await installation.Store.Read(tx => Clients.Find(tx, request.Pool.Ref, id));
        if (client is not null && clients.IsSecret(client, secret)) return (client, null);
        return client is null ? Refuse("invalid_client", $"the user pool {request.Pool.Id} has no client with this id", "take the id of one of the pool's clients, and the sign-in host of that client's pool")
            : secret is null ? Refuse("invalid_client", $"client {id} has a secret and none was sent", "send it by HTTP Basic, or use a client without secret in code that others can read")
            : Refuse("invalid_client", $"the secret is not that of client {id}", "take the ClientSecret that DescribeUserPoolClient gives; a client without secret takes none");

        (UserPoolClient?, string?) Refuse(string error, string why, string fix = "")
        {
            request.Explain("client", why, fix);
            return (null, error);
        }
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
