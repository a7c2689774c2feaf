using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.OAuth;

/// <summary>POST /oauth2/token: authorization code with PKCE, refresh token, client credentials. Errors are 400 with AWS's short body.</summary>
internal sealed partial class Token(Installation installation, ClientAuthentication authentication, Grants grants, Tokens tokens, Refreshes refreshes)
{
    public async Task Serve(SignInRequest request)
    {
        if (!await request.ReadForm() || request.FormPairs.GroupBy(pair => pair.Key).Any(group => group.Count() > 1) || request.Form("grant_type") is not { } grant)
        {
            request.Explain("token request", "the body is no form with grant_type in which each parameter stands once", "send application/x-www-form-urlencoded");
            await request.Error("invalid_request");
            return;
        }

        var (client, error) = await authentication.Check(request);
        var answer = client is null
            ? Answer.Refuse(error!)
            : grant switch
            {
                "authorization_code" => await Code(request, client),
                "refresh_token" => await Refresh(request, client),
                "client_credentials" => await Machine(request, client),
                _ => Refuse(request, "unsupported_grant_type", "grant_type is none of authorization_code, refresh_token, client_credentials"),
            };
        await (answer.Error is { } problem ? request.RefuseClient(problem, installation.Options.StrictOidc) : request.Json(200, Body(answer)));
    }

    private async ValueTask<Answer> Code(SignInRequest request, UserPoolClient client)
    {
        if (!Allowed(client, "code")) return Refuse(request, "unauthorized_client", $"client {client.ClientId} may not use the code flow", "set AllowedOAuthFlowsUserPoolClient and add `code` to AllowedOAuthFlows");
        if (request.Form("code") is not { Length: > 0 } code || request.Form("redirect_uri") is not { Length: > 0 } redirect) return Refuse(request, "invalid_request", "code or redirect_uri is missing");
        var pool = request.Pool;
        var refresh = grants.NewToken();
        var origin = installation.Ids.Uuid();
        // Looked up, used up and turned into a log-in in one write: of many equal requests one can win.
        var (why, user, grant) = await installation.Store.Write(async tx =>
        {
            static (string?, User?, Grant?) No(string why) => (why, null, null);
            var key = Keys.AuthorizationCode(pool.Ref, Grants.Hash(code));
            if (await tx.Get(key, CognitoJson.Default.AuthorizationCode) is not { } found) return No("the code is none that this pool gave out within the last hour");
            if (found.ClientId != client.ClientId) return No($"the code was given to client {found.ClientId}, and client {client.ClientId} shows it");
            if (found.Spent)
            {
                if (found.Origin is not null) Grants.End(tx, pool, found.Username, found.Origin);
                return No("the code has been used before; what came of it has been ended");
            }

            if (found.Expires <= installation.Now) return No("the code is older than five minutes");
            if (!SameAddress(found.RedirectUri, redirect)) return No("redirect_uri is not the one of the authorize request");
            if (!Proves(found.Challenge, request.Form("code_verifier")))
            {
                tx.Put(key, found with { Spent = true }, CognitoJson.Default.AuthorizationCode);
                return No(found.Challenge is null ? "there is a code_verifier, and the authorize request had no code_challenge" : "code_verifier does not belong to the code_challenge of the authorize request");
            }

            if (await Users.At(tx, pool, pool.Fold(found.Username)) is not { Enabled: true } who) return No("the user is gone or disabled");
            var opened = grants.For(client, who, origin, found.Scopes, hosted: true, found.Nonce, found.AuthTime);
            await grants.Open(tx, pool, opened, refresh);
            tx.Put(key, found with { Spent = true, Origin = origin }, CognitoJson.Default.AuthorizationCode);
            return (null, who, opened);
        });
        return grant is null ? Refuse(request, "invalid_grant", why!, "begin again at /oauth2/authorize; a code is good once, for five minutes, for its client, address and verifier") : new Answer(null, await tokens.Issue(pool, client, user!, grant), refresh);
    }

    private async ValueTask<Answer> Refresh(SignInRequest request, UserPoolClient client)
    {
        if (request.Form("refresh_token") is not { Length: > 0 } token) return Refuse(request, "invalid_request", "refresh_token is missing");
        if (!client.Allows("REFRESH_TOKEN_AUTH") && !client.Rotates) return Refuse(request, "unauthorized_client", $"client {client.ClientId} may not refresh", "add ALLOW_REFRESH_TOKEN_AUTH to ExplicitAuthFlows");
        var asked = request.Form("scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        try
        {
            var (issued, next) = await refreshes.Refresh(request.Pool, client, token, grant =>
                asked.Any(scope => !grant.Scopes.Contains(scope)) ? throw new AwsError("invalid_scope", "") : asked.Length == 0 ? grant.Scopes : asked);
            return new Answer(null, issued, next);
        }
        catch (AwsError e)
        {
            return e.Code == "invalid_scope" ? Refuse(request, e.Code, "a scope is asked for that the log-in did not have") : Refuse(request, "invalid_grant", e.Message, "sign in again");
        }
    }

    private async ValueTask<Answer> Machine(SignInRequest request, UserPoolClient client)
    {
        if (!Allowed(client, "client_credentials") || client.ClientSecret is null)
            return Refuse(request, "unauthorized_client", $"client {client.ClientId} may not use the client_credentials flow", "give it a secret and `client_credentials` in AllowedOAuthFlows");
        var own = client.AllowedOAuthScopes ?? [];
        var asked = request.Form("scope") is { Length: > 0 } text ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [.. own];
        if (asked.FirstOrDefault(scope => !own.Contains(scope)) is { } foreign)
            return Refuse(request, "invalid_scope", $"the scope {foreign} is none of client {client.ClientId}'s: {string.Join(' ', own)}", "add it to AllowedOAuthScopes");
        return Metadata(request, out var metadata)
            ? new Answer(null, await tokens.IssueForClient(request.Pool, client, asked, metadata), null)
            : Refuse(request, "invalid_request", "aws_client_metadata is no JSON of texts");
    }

    /// <summary>`aws_client_metadata`: JSON, a map of text to text for the token trigger. False when it is something else.</summary>
    private static bool Metadata(SignInRequest request, out IReadOnlyDictionary<string, string>? metadata)
    {
        metadata = null;
        if (request.Form("aws_client_metadata") is not { Length: > 0 } json) return true;
        try
        {
            metadata = JsonSerializer.Deserialize(json, CognitoJson.Default.DictionaryStringString);
        }
        catch (JsonException)
        {
            // Said by the answer.
        }

        return metadata is not null;
    }

    private static Answer Refuse(SignInRequest request, string error, string why, string fix = "")
    {
        request.Explain("token request", why, fix);
        return Answer.Refuse(error);
    }

    private static bool Allowed(UserPoolClient client, string flow) => client.AllowedOAuthFlowsUserPoolClient == true && client.AllowedOAuthFlows?.Contains(flow) == true;

    /// <summary>The address of the authorize request, letter for letter, or the local twin of the same.</summary>
    private bool SameAddress(string used, string given) => installation.Names.Same(used, given) || installation.Names.Same(given, used);

    /// <summary>RFC 7636 §4.6. A verifier without a challenge is refused too: someone took the challenge away (RFC 9700 §4.8.2).</summary>
    private static bool Proves(string? challenge, string? verifier)
    {
        if (challenge is null || verifier is null) return challenge is null && verifier is null;
        return Verifier().IsMatch(verifier)
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(challenge), Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))));
    }

    private static byte[] Body(Answer answer) => Json.Object(writer =>
    {
        if (answer.Issued!.IdToken is { } id) writer.WriteString("id_token", id);
        writer.WriteString("access_token", answer.Issued.AccessToken);
        if (answer.Refresh is { } refresh) writer.WriteString("refresh_token", refresh);
        writer.WriteNumber("expires_in", answer.Issued.ExpiresIn);
        writer.WriteString("token_type", "Bearer");
    });

    [GeneratedRegex(@"^[A-Za-z0-9._~-]{43,128}$")]
    private static partial Regex Verifier();

    private sealed record Answer(string? Error, IssuedTokens? Issued, string? Refresh)
    {
        public static Answer Refuse(string error) => new(error, null, null);
    }
}
