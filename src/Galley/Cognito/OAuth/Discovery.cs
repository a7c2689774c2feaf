using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text.Json;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.OAuth;

/// <summary>
/// `/&lt;pool&gt;/.well-known/jwks.json` and `openid-configuration`. The issuer is AWS's on every host name; the endpoints follow the host
/// that was asked, so that a local client finds local ones.
/// </summary>
internal sealed class Discovery(Installation installation, SigningKeys signing)
{
    // A pool's keys never change, so their document is made once.
    private readonly ConcurrentDictionary<string, byte[]> _jwks = new();

    public async ValueTask<Reply> Answer(string poolId, string document, ApiRequest request)
    {
        var found = await installation.Store.Read(async tx =>
        {
            if (await UserPools.Pointer(tx, Keys.PoolPointer(poolId)) is not { } at) return null;
            return document == "jwks.json" ? new Found(at.Pool, null, null) : new Found(at.Pool, (await tx.Get(Keys.Domain(at.Pool), CognitoJson.Default.UserPoolDomain))?.Domain, await Domains.Origin(tx, at.Pool));
        });
        var keys = found is null ? null : await signing.Public(poolId);
        if (found is null || keys is null) throw Errors.PoolNotFound(poolId);
        var json = document == "jwks.json" ? _jwks.GetOrAdd(keys[0].Kid, _ => Jwks(keys)) : Configuration(found, request);
        return new Reply(200) { Body = json }.With("Content-Type", "application/json").With("Cache-Control", "public, max-age=86400, stale-while-revalidate=86400");
    }

    private static byte[] Jwks(IReadOnlyList<SigningKey> keys) => Json.Object(writer =>
    {
        writer.WriteStartArray("keys");
        foreach (var key in keys)
        {
            writer.WriteStartObject();
            writer.WriteString("alg", "RS256");
            writer.WriteString("e", Base64Url.EncodeToString(key.Key.Exponent));
            writer.WriteString("kid", key.Kid);
            writer.WriteString("kty", "RSA");
            writer.WriteString("n", Base64Url.EncodeToString(key.Key.Modulus));
            writer.WriteString("use", "sig");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private byte[] Configuration(Found found, ApiRequest request)
    {
        var host = request.Http.Request.Host;
        var aws = host.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase);
        var scheme = request.Http.Request.IsHttps ? "https" : "http";
        var documents = aws ? found.Pool.Issuer : $"{scheme}://{host.Value}/{found.Pool.Id}";
        var pages = found.Domain is null || aws
            ? found.Origin
            : host.Host.EndsWith("localhost", StringComparison.OrdinalIgnoreCase) ? $"{scheme}://{found.Domain}.auth.{found.Pool.Region}.localhost:{installation.Port}"
            : $"{scheme}://{host.Value}/_galley/auth/{found.Domain}"; // an address in figures has no names under it
        return Json.Object(writer =>
        {
            if (pages is not null)
            {
                writer.WriteString("authorization_endpoint", pages + "/oauth2/authorize");
                writer.WriteString("end_session_endpoint", pages + "/logout");
            }

            Strings(writer, "id_token_signing_alg_values_supported", "RS256");
            writer.WriteString("issuer", found.Pool.Issuer);
            writer.WriteString("jwks_uri", documents + "/.well-known/jwks.json");
            if (installation.Options.StrictOidc) Strings(writer, "response_types_supported", "code");
            else Strings(writer, "response_types_supported", "code", "token");
            if (pages is not null) writer.WriteString("revocation_endpoint", pages + "/oauth2/revoke");
            if (installation.Options.StrictOidc) Strings(writer, "scopes_supported", "openid", "email", "phone", "profile", "address");
            else Strings(writer, "scopes_supported", "openid", "email", "phone", "profile");
            Strings(writer, "subject_types_supported", "public");
            if (pages is not null) writer.WriteString("token_endpoint", pages + "/oauth2/token");
            Strings(writer, "token_endpoint_auth_methods_supported", "client_secret_basic", "client_secret_post");
            if (pages is not null) writer.WriteString("userinfo_endpoint", pages + "/oauth2/userInfo");
            if (installation.Options.StrictOidc) WriteStrict(writer);
        });
    }

    /// <summary>What OpenID Discovery §3 recommends and Cognito does not say.</summary>
    private static void WriteStrict(Utf8JsonWriter writer)
    {
        Strings(writer, "grant_types_supported", "authorization_code", "refresh_token", "client_credentials");
        Strings(writer, "response_modes_supported", "query");
        Strings(writer, "code_challenge_methods_supported", "S256");
        Strings(writer, "prompt_values_supported", "none", "login", "select_account", "consent");
        Strings(writer, "claims_supported", "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "email", "email_verified", "phone_number", "phone_number_verified", "name", "given_name",
            "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "address");
        writer.WriteBoolean("claims_parameter_supported", false);
        writer.WriteBoolean("request_parameter_supported", false);
        writer.WriteBoolean("request_uri_parameter_supported", false);
    }

    private static void Strings(Utf8JsonWriter writer, string name, params ReadOnlySpan<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    /// <param name="Pool">The pool.</param>
    /// <param name="Domain">Its prefix.</param>
    /// <param name="Origin">Where its pages are for the world.</param>
    private sealed record Found(PoolRef Pool, string? Domain, string? Origin);
}
