using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Galley.Tests.Lambda;
using Galley.Tests.Server;

namespace Galley.Tests.Edge;

/// <summary>
/// Group L, row 149: after a run in which secrets of every kind were made and used, none of them is in the log, in the data folder, in a
/// trail or in the answer to anybody but its owner; and no answer holds a stack trace.
/// </summary>
public sealed partial class SecretsTests
{
    private const string Password = "Seeded-Passw0rd-7391", ClientSecret = "SeededClientSecret0123456789abcdef", Variable = "seeded-variable-8842", Cookie = "seeded-cookie-1173", Bearer = "seeded-bearer-5520";

    [Fact]
    public async Task Row_149_No_secret_in_log_data_trails_or_answers()
    {
        using var folder = new TemporaryFolder();
        var log = new ConcurrentQueue<string>();
        var answers = new List<string>();
        var secrets = new List<string> { Password, ClientSecret, Variable, Cookie, Bearer };
        await using (var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = folder.Path, Account = "123456789012", PasswordRounds = 10, Log = log.Enqueue }))
        {
            secrets.Add(server.SecretAccessKey);
            await Use(server, secrets, answers);
            using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
            answers.Add((await root.Send("galley", HttpMethod.Get, "/_galley/explain", null)).Body);
        }

        foreach (var secret in secrets)
        {
            Assert.True(secret.Length >= 12);
            Assert.DoesNotContain(log, line => line.Contains(secret, StringComparison.Ordinal));
            foreach (var answer in answers) Assert.DoesNotContain(secret, answer, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(answers, answer => StackTrace().IsMatch(answer));
        var kept = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories);
        var marker = false;
        foreach (var file in kept)
        {
            var bytes = await File.ReadAllBytesAsync(file);
            marker |= Holds(bytes, "seeded-marker");
            foreach (var secret in secrets)
            {
                Assert.False(Holds(bytes, secret), $"{Path.GetFileName(file)} holds {secret}");
                Assert.False(Holds(bytes, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))), $"{Path.GetFileName(file)} holds {secret} in Base64");
            }
        }

        Assert.True(marker, "this search would find nothing at all");
    }

    private static async Task Use(GalleyServer server, List<string> secrets, List<string> answers)
    {
        var aws = new AwsJs(server);
        var pool = (string)(await aws.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "seeded-marker" }))["UserPool"]!["Id"]!;
        var client = (string)(await aws.Call("cognito-identity-provider", "CreateUserPoolClient", new
        {
            UserPoolId = pool,
            ClientName = "c",
            ClientSecret,
            ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" },
        }))["UserPoolClient"]!["ClientId"]!;
        await aws.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "ann", MessageAction = "SUPPRESS" });
        await aws.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = pool, Username = "ann", Password, Permanent = true });
        var hash = Galley.Cognito.SignIn.Credentials.SecretHash(ClientSecret, "ann", client);
        var signedIn = (await aws.Call("cognito-identity-provider", "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = Password, SECRET_HASH = hash } }))["AuthenticationResult"]!;
        foreach (var token in (string[])["AccessToken", "IdToken", "RefreshToken"]) secrets.Add((string)signedIn[token]!);
        await aws.Call("cognito-identity-provider", "SetUserPoolMfaConfig", new { UserPoolId = pool, MfaConfiguration = "OPTIONAL", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        var seed = (string)(await aws.Call("cognito-identity-provider", "AssociateSoftwareToken", new { AccessToken = (string)signedIn["AccessToken"]! }))["SecretCode"]!;
        secrets.Add(seed);

        var functions = new TestFunctions(server);
        var role = await functions.Role("functions");
        await functions.Python("f", "def lambda_handler(event, context): return 1", role, f => f["Environment"] = new System.Text.Json.Nodes.JsonObject { ["Variables"] = new System.Text.Json.Nodes.JsonObject { ["KEY"] = Variable } });
        await aws.Call("iam", "CreateUser", new { UserName = "ann" });
        secrets.Add((string)(await aws.Call("iam", "CreateAccessKey", new { UserName = "ann" }))["AccessKey"]!["SecretAccessKey"]!);
        var session = (await aws.Call("sts", "GetSessionToken"))["Credentials"]!;
        secrets.Add((string)session["SecretAccessKey"]!);
        secrets.Add((string)session["SessionToken"]!);

        // Refusals, each with a secret in the place where it would be repeated.
        using var http = new HttpClient();
        foreach (var (host, path, header, value) in ((string, string, string, string)[])[
                     ("localhost", "/2015-03-31/functions", "Authorization", "Bearer " + Bearer),
                     ("localhost", "/?X-Amz-Signature=" + Bearer, "Cookie", "session=" + Cookie),
                     ("localhost", "/", "Authorization", "AWS4-HMAC-SHA256 Credential=" + Bearer),
                     ("x.execute-api.eu-west-2.localhost", "/?token=" + Bearer, "Authorization", Bearer),
                     ("x.auth.eu-west-2.localhost", "/login?password=" + Password, "Cookie", Cookie),
                     ("d1.cloudfront.localhost", "/?code=" + Bearer, "Cookie", Cookie),
                     ("evil.example", "/?x=" + Bearer, "Authorization", Bearer)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Endpoint, path));
            request.Headers.Host = host;
            request.Headers.TryAddWithoutValidation(header, value);
            using var answer = await http.SendAsync(request);
            Assert.InRange((int)answer.StatusCode, 400, 499);
            // a caller may be shown the header that the caller sent
            answers.Add((await answer.Content.ReadAsStringAsync()).Replace(value, "", StringComparison.Ordinal));
        }

        foreach (var (operation, input) in ((string, object)[])[
                     ("InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = Password + "x", SECRET_HASH = hash } }),
                     ("GetUser", new { AccessToken = Bearer }),
                     ("ConfirmSignUp", new { ClientId = client, Username = "ann", ConfirmationCode = "000000", SecretHash = hash })])
            answers.Add((await aws.Fails("cognito-identity-provider", operation, input)).Text);
    }

    private static bool Holds(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    [GeneratedRegex(@"\bat (Galley|System|Microsoft)\.|\.cs:line |\bSystem\.\w+Exception|/home/|/root/")]
    private static partial Regex StackTrace();
}
