using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.ApiGateway;

/// <summary>GET /recipes behind a JWT authorizer, and the claims that pass it.</summary>
public abstract class JwtGuardedRoute
{
    /// <summary>Whole seconds of the present as this test began: the calls that set up are signed by a client with its own clock.</summary>
    private protected readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    private protected long Seconds(int offset) => Now.AddSeconds(offset).ToUnixTimeSeconds();

    private protected async Task<HttpApiFixture> Start(FakeTimeProvider? time = null, string[]? scopes = null)
    {
        var fixture = await HttpApiFixture.Start(time ?? new FakeTimeProvider(Now));
        var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me", "other" } } });
        await fixture.Route("GET /recipes", authorization: new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]!, AuthorizationScopes = scopes });
        return fixture;
    }

    private protected Dictionary<string, object> Claims(HttpApiFixture fixture, params (string Name, object Value)[] changes)
    {
        var claims = new Dictionary<string, object> { ["iss"] = fixture.Backend.Address + "/issuer", ["client_id"] = "me", ["exp"] = Seconds(600), ["iat"] = Seconds(0), ["sub"] = "u" };
        foreach (var (name, value) in changes) claims[name] = value;
        return claims;
    }

    private protected static async Task<(int Status, string Challenge)> Try(HttpApiFixture fixture, string token)
    {
        using var response = await fixture.Get("/recipes", ("Authorization", token));
        var body = await response.Content.ReadAsStringAsync();
        if ((int)response.StatusCode == 401) Assert.Equal("{\"message\":\"Unauthorized\"}", body);
        if ((int)response.StatusCode == 403) Assert.Equal("{\"message\":\"Forbidden\"}", body);
        return ((int)response.StatusCode, response.Headers.TryGetValues("www-authenticate", out var values) ? values.Single() : "");
    }

    private protected static async Task Refused(HttpApiFixture fixture, string token, string? why = null)
    {
        var seen = fixture.Backend.Seen.Count(path => path == "/");
        var (status, challenge) = await Try(fixture, "Bearer " + token);
        Assert.Equal(401, status);
        Assert.StartsWith("Bearer scope=\"\" error=\"invalid_token\" error_description=\"", challenge, StringComparison.Ordinal);
        if (why is not null) Assert.Equal($"Bearer scope=\"\" error=\"invalid_token\" error_description=\"{why}\"", challenge);
        Assert.Equal(seen, fixture.Backend.Seen.Count(path => path == "/"));
    }
}
