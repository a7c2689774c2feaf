using System.Net.Http.Headers;
using System.Text.Json;
using Galley.Tests.Iam;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CognitoIdentity;

/// <summary>A server with a user pool, an identity pool, a role for guests, one for users, and a table of notes that each user has one item in.</summary>
internal sealed class Place : IAsyncDisposable
{
    private const string Password = "Passw0rd!";

    public required GalleyServer Server { get; init; }
    public required AwsJs Js { get; init; }
    public required FakeTimeProvider Time { get; init; }
    public string UserPool { get; private set; } = "";
    public string Client { get; private set; } = "";
    public string Pool { get; private set; } = "";
    public string Provider => "cognito-idp.eu-west-2.amazonaws.com/" + UserPool;
    public object Providers => new[] { new { ProviderName = Provider, ClientId = Client } };

    public static async Task<Place> Start()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Iam.Start.Account, PasswordRounds = 10, Time = time });
        var place = new Place { Server = server, Js = new AwsJs(server), Time = time };
        var js = place.Js;
        place.UserPool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p", AutoVerifiedAttributes = new[] { "email" } }))["UserPool"]!["Id"]!;
        place.Client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = place.UserPool, ClientName = "c", ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
        place.Pool = (string)(await js.Call("cognito-identity", "CreateIdentityPool", new { IdentityPoolName = "app", AllowUnauthenticatedIdentities = true, CognitoIdentityProviders = place.Providers }))["IdentityPoolId"]!;
        await js.Call("dynamodb", "CreateTable", new { TableName = "notes", BillingMode = "PAY_PER_REQUEST", KeySchema = new[] { new { AttributeName = "owner", KeyType = "HASH" } }, AttributeDefinitions = new[] { new { AttributeName = "owner", AttributeType = "S" } } });
        await js.Call("iam", "CreateRole", new { RoleName = "guests", AssumeRolePolicyDocument = Trust(place.Pool, "unauthenticated") });
        await js.Call("iam", "CreateRole", new { RoleName = "users", AssumeRolePolicyDocument = Trust(place.Pool, "authenticated") });
        await js.Call("iam", "PutRolePolicy", new
        {
            RoleName = "users",
            PolicyName = "own",
            PolicyDocument = Iam.Start.Policy("Allow", "dynamodb:*", "arn:aws:dynamodb:*:*:table/notes", """{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["${cognito-identity.amazonaws.com:sub}"]}}"""),
        });
        await js.Call("cognito-identity", "SetIdentityPoolRoles", new { IdentityPoolId = place.Pool, Roles = new { authenticated = place.Role("users"), unauthenticated = place.Role("guests") } });
        return place;
    }

    public static string Trust(string pool, string how)
        => """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"POOL"},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"HOW"}}}]}"""
            .Replace("POOL", pool, StringComparison.Ordinal).Replace("HOW", how, StringComparison.Ordinal);

    public string Role(string name) => $"arn:aws:iam::{Iam.Start.Account}:role/{name}";

    public Dictionary<string, string> Logins(string token) => new() { [Provider] = token };

    /// <summary>The id token of a user, who is made on the way.</summary>
    public async Task<string> SignIn(string name, bool again = false)
    {
        if (!again)
        {
            await Js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = UserPool, Username = name, MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } });
            await Js.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = UserPool, Username = name, Password, Permanent = true });
        }

        return (string)(await Js.Call("cognito-identity-provider", "InitiateAuth", new { ClientId = Client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = name, PASSWORD = Password } }))["AuthenticationResult"]!["IdToken"]!;
    }

    public async Task<string> Id(string token) => (string)(await Js.Call("cognito-identity", "GetId", new { IdentityPoolId = Pool, Logins = Logins(token) }))["IdentityId"]!;

    public async Task<AwsJs> Credentials(string id, string? token)
    {
        var keys = (await Js.Call("cognito-identity", "GetCredentialsForIdentity", token is null ? new { IdentityId = id } : new { IdentityId = id, Logins = Logins(token) }))["Credentials"]!;
        return new AwsJs(Server, (string)keys["AccessKeyId"]!, (string)keys["SecretKey"]!, (string)keys["SessionToken"]!);
    }

    public async Task<string> RoleOf(string token) => (string)(await (await Credentials(await Id(token), token)).Call("sts", "GetCallerIdentity"))["Arn"]!;

    /// <summary>An operation without a signature, so that the machine's clock has no say.</summary>
    public async Task<(int Status, string Code, string Text)> Anonymous(string operation, object input)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Server.Endpoint) { Content = new StringContent(JsonSerializer.Serialize(input), new MediaTypeHeaderValue("application/x-amz-json-1.1")) };
        request.Headers.Add("X-Amz-Target", "AWSCognitoIdentityService." + operation);
        using var response = await http.SendAsync(request);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, body.RootElement.TryGetProperty("__type", out var type) ? type.GetString()! : "", body.RootElement.TryGetProperty("message", out var text) ? text.GetString()! : "");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
