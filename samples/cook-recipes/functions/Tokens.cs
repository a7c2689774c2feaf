using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Functions;

namespace CookRecipes;

/// <summary>
/// Changes an authorization code into tokens at the sign-in domain, because only the function knows the client's secret.
/// `GET /token/{code}` is the tutorial's form; `POST /token` adds PKCE. What the token endpoint says comes back as it is.
/// </summary>
internal static class Tokens
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(8) };
    private static readonly string ClientId = Setting("CLIENT_ID");
    private static readonly string Authorization = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{Setting("CLIENT_SECRET")}"));
    private static readonly string RedirectUri = Setting("REDIRECT_URI");

    private static readonly Uri TokenEndpoint = new(Setting("COGNITO_DOMAIN") is var domain && domain.Contains("://", StringComparison.Ordinal)
        ? $"{domain.TrimEnd('/')}/oauth2/token" : $"https://{domain}/oauth2/token");

    public static async Task<HttpApiResponse> Exchange(HttpApiRequest request)
    {
        var posted = request.PathParameters?.GetValueOrDefault("code") is { } inPath ? new TokenRequest { Code = inPath } : Read(request.BodyText());
        if (string.IsNullOrEmpty(posted?.Code)) return HttpApiResponse.Json("""{"error":"invalid_request"}""", 400);
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = posted.Code, ["redirect_uri"] = posted.RedirectUri ?? RedirectUri };
        if (posted.CodeVerifier is { } verifier) form["code_verifier"] = verifier;
        using var message = new HttpRequestMessage(HttpMethod.Post, TokenEndpoint) { Content = new FormUrlEncodedContent(form) };
        message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Authorization);
        using var answer = await Http.SendAsync(message);
        var body = await answer.Content.ReadAsStringAsync();
        // The tutorial's function answers 200 whatever the token endpoint said; so does the GET form.
        return HttpApiResponse.Json(body, request.PathParameters is null ? (int)answer.StatusCode : 200);
    }

    private static TokenRequest? Read(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, TokenJson.Default.TokenRequest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}

internal sealed record TokenRequest
{
    public string? Code { get; init; }

    public string? CodeVerifier { get; init; }

    public string? RedirectUri { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TokenRequest))]
internal sealed partial class TokenJson : JsonSerializerContext;
