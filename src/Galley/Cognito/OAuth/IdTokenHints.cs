using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Galley.Cognito.SignIn;

namespace Galley.Cognito.OAuth;

/// <summary>An id token that comes back as a hint (`id_token_hint`): its signature, issuer and use count, its time does not.</summary>
internal sealed class IdTokenHints(SigningKeys signing)
{
    /// <summary>Who and for which client; null for anything that this pool did not sign.</summary>
    public async ValueTask<IdTokenHint?> Read(UserPool pool, string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || token.Length > 16_384) return null;
        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]), strict);
            using var body = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]), strict);
            if (Text(head, "alg") != "RS256" || Text(head, "kid") is not { } kid) return null;
            if (Text(body, "iss") != pool.Ref.Issuer || Text(body, "token_use") != "id") return null;
            if (!await signing.VerifyId(pool.Id, kid, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]))) return null;
            return Text(body, "sub") is { } sub && Text(body, "aud") is { } client ? new IdTokenHint(sub, client) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonDocument json, string name)
        => json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
}

/// <param name="Sub">Whom the token speaks of.</param>
/// <param name="ClientId">For whom it was made.</param>
internal sealed record IdTokenHint(string Sub, string ClientId);
