using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Cognito.Federation;
using Galley.Tests.Lambda;

namespace Galley.Tests.Cognito;

/// <summary>The round trip to a real OpenID Connect provider: npm's oidc-provider in a node process of its own.</summary>
public class FederationTests
{
    [Fact]
    public async Task A_user_of_a_provider_comes_in_is_made_updated_and_grouped()
    {
        await using var place = await Place.Start();
        var fixture = place.Fixture;
        var login = await place.Get(place.Url("/login"));
        Assert.Contains("Continue with Partner", login.Body);
        Assert.Contains("name=\"password\"", login.Body);
        var back = await place.Walk(place.Url("/oauth2/authorize", "&scope=openid%20email&state=s1&nonce=n1&identity_provider=Partner"));
        Assert.EndsWith("&state=s1", back);
        var tokens = await place.Redeem(back);
        var id = Fixture.Claims((string)tokens["id_token"]!);
        Assert.Equal(("Partner_alice", "alice@example.com", "n1"), ((string)id["cognito:username"]!, (string)id["email"]!, (string)id["nonce"]!));
        Assert.True((bool)id["email_verified"]!);
        Assert.Equal([$"{fixture.PoolId}_Partner"], id["cognito:groups"]!.AsArray().Select(group => (string)group!));
        var identity = id["identities"]!.AsArray().Single()!;
        Assert.Equal(("alice", "Partner", "OIDC", "true"), ((string)identity["userId"]!, (string)identity["providerName"]!, (string)identity["providerType"]!, (string)identity["primary"]!));
        var user = await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "Partner_alice" });
        Assert.Equal("EXTERNAL_PROVIDER", (string)user["UserStatus"]!);
        Assert.Contains("Sign In as Partner_alice", (await place.Get(place.Url("/login"))).Body);

        // the next time there brings what has changed there, and makes nobody anew
        await place.Http.GetAsync(place.Issuer + "/rename?to=Alicia");
        using var other = new Place.Visitor();
        var again = await place.Redeem(await place.Walk(place.Url("/oauth2/authorize", "&identity_provider=Partner"), other));
        Assert.Equal((string)id["sub"]!, (string)Fixture.Claims((string)again["id_token"]!)["sub"]!);
        user = await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "Partner_alice" });
        Assert.Contains(user["UserAttributes"]!.AsArray(), attribute => (string)attribute!["Name"]! == "given_name" && (string)attribute["Value"]! == "Alicia");
    }

    /// <summary>The first time there is somebody to be made, who may be refused; after that there is somebody who signs in.</summary>
    [Fact]
    public async Task The_triggers_of_a_provider_s_users_run_in_their_places()
    {
        await using var place = await Place.Start();
        var fixture = place.Fixture;
        using var triggers = await RecordedTriggers.Start(fixture.Server, fixture.PoolId);
        await fixture.Call("UpdateUserPool", new
        {
            UserPoolId = fixture.PoolId,
            AutoVerifiedAttributes = new[] { "email" },
            LambdaConfig = new { PreSignUp = triggers.Arn, PostConfirmation = triggers.Arn, PreAuthentication = triggers.Arn, PostAuthentication = triggers.Arn, PreTokenGeneration = triggers.Arn, CustomMessage = triggers.Arn },
        });
        var url = place.Url("/oauth2/authorize", "&scope=openid%20email&state=s1&identity_provider=Partner");
        triggers.Failing = "PreSignUp_ExternalProvider";
        var refused = "";
        Assert.Equal("PreSignUp_ExternalProvider", await triggers.During(async () => refused = await place.Walk(url)));
        Assert.Contains("error_description=PreSignUp%20failed%20with%20error%20not%20today.", refused.Replace("+", "%20", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("&state=s1", refused);
        Assert.Equal("UserNotFoundException", (await fixture.Fails("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "Partner_alice" })).Code);

        triggers.Failing = null;
        var back = "";
        using var visitor = new Place.Visitor();
        Assert.Equal("PreSignUp_ExternalProvider PostConfirmation_ConfirmSignUp", await triggers.During(async () => back = await place.Walk(url, visitor)));
        var asked = triggers.Events[0];
        Assert.Equal(("Partner_alice", fixture.ClientId, "alice@example.com", "true"),
            ((string)asked["userName"]!, (string)asked["callerContext"]!["clientId"]!, (string)asked["request"]!["userAttributes"]!["email"]!, (string)asked["request"]!["userAttributes"]!["email_verified"]!));
        Assert.Null(asked["request"]!["validationData"]);
        Assert.Equal("""{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}""", asked["response"]!.ToJsonString());
        Assert.Equal("EXTERNAL_PROVIDER", (string)triggers.Events[1]["request"]!["userAttributes"]!["cognito:user_status"]!);
        Assert.Equal("TokenGeneration_HostedAuth", await triggers.During(() => place.Redeem(back)));

        using var later = new Place.Visitor();
        Assert.Equal("PostAuthentication_Authentication", await triggers.During(async () => back = await place.Walk(url, later)));
        Assert.Equal("TokenGeneration_HostedAuth", await triggers.During(() => place.Redeem(back)));
    }

    [Fact]
    public async Task An_inbound_federation_trigger_sees_what_the_provider_said_and_decides_what_is_mapped()
    {
        await using var place = await Place.Start();
        var fixture = place.Fixture;
        using var triggers = await RecordedTriggers.Start(fixture.Server, fixture.PoolId);
        await fixture.Call("UpdateUserPool", new { UserPoolId = fixture.PoolId, AutoVerifiedAttributes = new[] { "email" }, LambdaConfig = new { InboundFederation = new { LambdaVersion = "V1_0", LambdaArn = triggers.Arn }, PreSignUp = triggers.Arn, PostAuthentication = triggers.Arn } });
        Assert.Equal("V1_0", (string)(await fixture.Call("DescribeUserPool", new { UserPoolId = fixture.PoolId }))["UserPool"]!["LambdaConfig"]!["InboundFederation"]!["LambdaVersion"]!);
        var url = place.Url("/oauth2/authorize", "&scope=openid%20email&state=s1&identity_provider=Partner");
        async Task<string> Visit(string sources)
        {
            using var visitor = new Place.Visitor();
            var back = "";
            Assert.Equal(sources, await triggers.During(async () => back = await place.Walk(url, visitor)));
            return back;
        }

        async Task<Dictionary<string, string>> Alice() => (await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "Partner_alice" }))["UserAttributes"]!.AsArray().ToDictionary(attribute => (string)attribute!["Name"]!, attribute => (string)attribute!["Value"]!);

        // it may refuse before there is anybody
        triggers.Failing = "InboundFederation_ExternalProvider";
        Assert.Contains("error_description=InboundFederation%20failed%20with%20error%20not%20today.", await Visit("InboundFederation_ExternalProvider"));
        Assert.Equal("UserNotFoundException", (await fixture.Fails("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "Partner_alice" })).Code);

        // an empty answer leaves everything
        triggers.Failing = null;
        await Visit("InboundFederation_ExternalProvider PreSignUp_ExternalProvider");
        var asked = triggers.Events[0];
        var said = asked["request"]!["attributes"]!;
        Assert.Equal(("alice", "Partner", "OIDC"), ((string)asked["userName"]!, (string)asked["request"]!["providerName"]!, (string)asked["request"]!["providerType"]!));
        Assert.Equal(("alice", "alice@example.com", "Bearer"), ((string)said["idToken"]!["sub"]!, (string)said["userInfo"]!["email"]!, (string)said["tokenResponse"]!["token_type"]!));
        Assert.Equal(("alice@example.com", "Alice"), ((await Alice())["email"], (await Alice())["given_name"]));

        // what it names is mapped in the place of what the provider said; who it is stays the provider's to say
        triggers.Mapping = new JsonObject { ["sub"] = "mallory", ["email"] = "a.smith@example.com", ["email_verified"] = "true", ["given_name"] = "Al" };
        var tokens = await place.Redeem(await Visit("InboundFederation_ExternalProvider PostAuthentication_Authentication"));
        Assert.Equal(("Partner_alice", "a.smith@example.com"), ((string)Fixture.Claims((string)tokens["id_token"]!)["cognito:username"]!, (string)Fixture.Claims((string)tokens["id_token"]!)["email"]!));
        Assert.Equal("Al", (await Alice())["given_name"]);
        triggers.Mapping = new JsonObject { ["email"] = "a.smith@example.com", ["email_verified"] = "true" };
        await place.Http.GetAsync(place.Issuer + "/rename?to=Alicia");
        await Visit("InboundFederation_ExternalProvider PostAuthentication_Authentication");
        Assert.Equal("Al", (await Alice())["given_name"]);
    }

    [Fact]
    public async Task An_inbound_federation_trigger_in_CSharp_gets_and_gives_types()
    {
        await using var place = await Place.Start();
        var fixture = place.Fixture;
        var functions = new TestFunctions(fixture.Server);
        var arn = (string)(await functions.Create("user", "provided.al2023", "user", TestFunctions.Typed(), await functions.Role("r"), f => f["Timeout"] = 60))["FunctionArn"]!;
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "user", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com" });
        await fixture.Call("UpdateUserPool", new { UserPoolId = fixture.PoolId, AutoVerifiedAttributes = new[] { "email" }, LambdaConfig = new { InboundFederation = new { LambdaVersion = "V1_0", LambdaArn = arn }, PreSignUp = arn } });
        await place.Redeem(await place.Walk(place.Url("/oauth2/authorize", "&identity_provider=Partner")));
        var user = (await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "Partner_alice" }))["UserAttributes"]!.AsArray().ToDictionary(attribute => (string)attribute!["Name"]!, attribute => (string)attribute!["Value"]!);
        Assert.Equal(("alice@example.com", "Partner alice Bearer"), (user["email"], user["given_name"]));
    }

    [Fact]
    public async Task A_linked_account_signs_in_as_the_pools_user()
    {
        await using var place = await Place.Start();
        var fixture = place.Fixture;
        await fixture.User("alice", "own@example.com");
        await fixture.Call("AdminLinkProviderForUser", new
        {
            UserPoolId = fixture.PoolId,
            DestinationUser = new { ProviderName = "Cognito", ProviderAttributeValue = "alice" },
            SourceUser = new { ProviderName = "Partner", ProviderAttributeName = "Cognito_Subject", ProviderAttributeValue = "alice" },
        });
        var id = Fixture.Claims((string)(await place.Redeem(await place.Walk(place.Url("/oauth2/authorize", "&idp_identifier=partner.example"))))["id_token"]!);
        Assert.Equal(("alice", "own@example.com"), ((string)id["cognito:username"]!, (string)id["email"]!));
    }

    [Fact]
    public async Task A_return_counts_once_and_only_in_the_browser_that_began()
    {
        await using var place = await Place.Start();
        var answer = await place.WalkUntil(place.Url("/oauth2/authorize", "&identity_provider=Partner"), location => location.Contains("/oauth2/idpresponse?", StringComparison.Ordinal));
        using var thief = new Place.Visitor();
        Assert.Equal(400, (await place.Get(answer, thief)).Status);
        Assert.StartsWith(Fixture.Callback + "?code=", (await place.Get(answer)).Location);
        Assert.Equal(400, (await place.Get(answer)).Status);

        // what the provider refuses, the application hears
        var asked = new Uri((await place.Get(place.Url("/oauth2/authorize", "&identity_provider=Partner&prompt=login&state=s1"))).Location!);
        var state = Regex.Match(asked.Query, "state=([^&]+)").Groups[1].Value;
        var refused = await place.Get(place.Url("/oauth2/idpresponse").Split('?')[0] + $"?error=access_denied&error_description=No&state={state}");
        Assert.Equal(Fixture.Callback + "?error_description=access_denied%3A%20No&state=s1&error=invalid_request", refused.Location);
        // a provider that the client does not have is nobody's
        Assert.Equal(Fixture.Callback + "?error=invalid_request", (await place.Get(place.Url("/oauth2/authorize", "&identity_provider=Other"))).Location);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("signature", "its signature")]
    [InlineData("none", "its signature")]
    [InlineData("hs256", "its signature")]
    [InlineData("issuer", "its issuer")]
    [InlineData("audience", "its audience")]
    [InlineData("two audiences", "its audience")]
    [InlineData("expired", "its time")]
    [InlineData("nonce", "its nonce")]
    [InlineData("crit", "its signature")]
    public void A_providers_id_token_is_believed_only_whole(string wrong, string? why)
    {
        using var rsa = RSA.Create(2048);
        var shown = rsa.ExportParameters(false);
        using var keys = JsonDocument.Parse($$"""{"keys":[{"kty":"RSA","kid":"k","n":"{{Base64Url.EncodeToString(shown.Modulus)}}","e":"AQAB"}]}""");
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        var head = new JsonObject { ["alg"] = wrong switch { "none" => "none", "hs256" => "HS256", _ => "RS256" }, ["kid"] = "k" };
        if (wrong == "crit") head["crit"] = new JsonArray("x");
        var body = new JsonObject
        {
            ["iss"] = wrong == "issuer" ? "https://evil.example" : "https://idp.example",
            ["sub"] = "alice",
            ["nonce"] = wrong == "nonce" ? "other" : "n",
            ["exp"] = (now + TimeSpan.FromMinutes(wrong == "expired" ? -2 : 5)).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["aud"] = wrong == "two audiences" ? new JsonArray("me", "other") : wrong == "audience" ? "other" : "me",
        };
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(body.ToJsonString()))}";
        var signature = wrong switch
        {
            "none" => [],
            "hs256" => HMACSHA256.HashData(shown.Modulus!, Encoding.ASCII.GetBytes(signed)),
            "signature" => rsa.SignData(Encoding.ASCII.GetBytes(signed + "x"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        JsonDocument Verify() => ForeignIdToken.Verify($"{signed}.{Base64Url.EncodeToString(signature)}", keys, "https://idp.example", "me", "n", now);
        if (why is not null) Assert.EndsWith(why, Assert.Throws<FederationFailed>(Verify).Message);
        else using (var claims = Verify()) Assert.Equal("alice", claims.RootElement.GetProperty("sub").GetString());
    }

    private sealed class Place : IAsyncDisposable
    {
        private readonly Visitor _visitor = new();

        public required Fixture Fixture { get; init; }
        public required Process Node { get; init; }
        public required string Issuer { get; init; }
        public HttpClient Http => _visitor.Http;

        public static async Task<Place> Start()
        {
            var fixture = await Fixture.Start();
            // The provider lives by the machine's clock.
            fixture.Time.SetUtcNow(DateTimeOffset.UtcNow);
            var folder = Path.Combine(Repository.Root, "tests", "clients");
            var node = Process.Start(new ProcessStartInfo("node", ["oidc-provider.mjs", $"http://cook-recipes-app.auth.eu-west-2.localhost:{fixture.Server.Port}/oauth2/idpresponse"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardInput = true,
                RedirectStandardError = true,
            })!;
            node.ErrorDataReceived += (_, _) => { };
            node.BeginErrorReadLine();
            var issuer = (await node.StandardOutput.ReadLineAsync())!;
            await fixture.Call("CreateIdentityProvider", new
            {
                UserPoolId = fixture.PoolId,
                ProviderName = "Partner",
                ProviderType = "OIDC",
                ProviderDetails = new Dictionary<string, string> { ["client_id"] = "galley", ["client_secret"] = "foreign-secret", ["authorize_scopes"] = "openid email profile", ["attributes_request_method"] = "GET", ["oidc_issuer"] = issuer },
                AttributeMapping = new Dictionary<string, string> { ["email"] = "email", ["email_verified"] = "email_verified", ["given_name"] = "given_name" },
                IdpIdentifiers = new[] { "partner.example" },
            });
            await fixture.Call("UpdateUserPoolClient", new
            {
                UserPoolId = fixture.PoolId,
                fixture.ClientId,
                SupportedIdentityProviders = new[] { "COGNITO", "Partner" },
                CallbackURLs = new[] { Fixture.Callback },
                AllowedOAuthFlows = new[] { "code" },
                AllowedOAuthScopes = new[] { "openid", "email" },
                AllowedOAuthFlowsUserPoolClient = true,
            });
            return new Place { Fixture = fixture, Node = node, Issuer = issuer };
        }

        public string Url(string path, string more = "") => $"http://cook-recipes-app.auth.eu-west-2.localhost:{Fixture.Server.Port}{path}?{Fixture.LoginQuery(more)}";

        public async Task<(int Status, string? Location, string Body)> Get(string url, Visitor? visitor = null)
        {
            using var answer = await (visitor ?? _visitor).Http.GetAsync(url);
            var location = answer.Headers.TryGetValues("Location", out var values) ? values.First() : null;
            return ((int)answer.StatusCode, location is null ? null : location.StartsWith('/') ? new Uri(new Uri(url), location).ToString() : location, await answer.Content.ReadAsStringAsync());
        }

        /// <summary>Follows until the application's own address.</summary>
        public Task<string> Walk(string url, Visitor? visitor = null) => WalkUntil(url, location => location.StartsWith(Fixture.Callback, StringComparison.Ordinal), visitor);

        public async Task<string> WalkUntil(string url, Func<string, bool> there, Visitor? visitor = null)
        {
            for (var steps = 0; !there(url); steps++)
            {
                var (status, location, body) = await Get(url, visitor);
                Assert.True(steps < 12 && location is not null, $"{status} at {url}: {body}");
                url = location!;
            }

            return url;
        }

        public async Task<JsonObject> Redeem(string back)
        {
            var code = Regex.Match(back, "[?&]code=([0-9a-f-]{36})");
            Assert.True(code.Success, back);
            var (status, body) = await Fixture.Exchange(code.Groups[1].Value);
            Assert.True(status == 200, body.ToJsonString());
            return body;
        }

        public async ValueTask DisposeAsync()
        {
            _visitor.Dispose();
            Node.StandardInput.Close();
            await Node.WaitForExitAsync();
            Node.Dispose();
            await Fixture.DisposeAsync();
        }

        /// <summary>A browser's cookies; names under localhost are this machine, as in browsers.</summary>
        internal sealed class Visitor : IDisposable
        {
            public HttpClient Http { get; } = new(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                ConnectCallback = async (context, cancel) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });

            public void Dispose() => Http.Dispose();
        }
    }
}
