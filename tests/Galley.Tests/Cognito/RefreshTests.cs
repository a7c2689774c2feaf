using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

public class RefreshTests
{
    private static readonly object Rotating = new { ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH" }, RefreshTokenRotation = new { Feature = "ENABLED", RetryGracePeriodSeconds = 10 } };

    [Fact]
    public async Task A_rotated_refresh_token_is_good_for_its_grace_and_its_reuse_ends_the_log_in()
    {
        await using var fixture = await Fixture.Start(client: Rotating);
        await fixture.User();
        var first = (string)(await fixture.SignIn())["AuthenticationResult"]!["RefreshToken"]!;
        var second = await Next(fixture, first);
        Assert.NotEqual(first, second);
        fixture.Time.Advance(TimeSpan.FromSeconds(9));
        var sibling = await Next(fixture, first);
        Assert.NotEqual(second, sibling);
        var third = await Next(fixture, second);
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("RefreshTokenReuseException", (await fixture.Fails("GetTokensFromRefreshToken", Ask(fixture, first))).Code);
        Assert.Equal(("NotAuthorizedException", "Refresh Token has been revoked"), (await fixture.Fails("GetTokensFromRefreshToken", Ask(fixture, third))) is { } dead ? (dead.Code, dead.Text) : default);
        var old = await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "REFRESH_TOKEN_AUTH", AuthParameters = new { REFRESH_TOKEN = third, SECRET_HASH = fixture.Hash("alice") } });
        Assert.Equal("UnsupportedOperationException", old.Code);
    }

    [Fact]
    public async Task Sixteen_at_once_with_one_rotating_token_and_no_grace_one_wins()
    {
        await using var fixture = await Fixture.Start(client: new { ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH" }, RefreshTokenRotation = new { Feature = "ENABLED", RetryGracePeriodSeconds = 0 } });
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["RefreshToken"]!;
        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            try
            {
                await Next(fixture, token);
                return true;
            }
            catch (AwsJsError)
            {
                return false;
            }
        }));
        Assert.Single(won, one => one);
    }

    [Fact]
    public async Task Without_rotation_GetTokensFromRefreshToken_gives_no_new_one_and_checks_the_secret()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["RefreshToken"]!;
        var result = (await fixture.Call("GetTokensFromRefreshToken", Ask(fixture, token)))["AuthenticationResult"]!;
        Assert.NotNull(result["AccessToken"]);
        Assert.Null(result["RefreshToken"]);
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("GetTokensFromRefreshToken", new { fixture.ClientId, RefreshToken = token, ClientSecret = new string('x', 30) })).Code);
        Assert.Equal("Invalid Refresh Token", (await fixture.Fails("GetTokensFromRefreshToken", Ask(fixture, "nonsense"))).Text);
    }

    [Fact]
    public async Task A_second_secret_is_as_good_as_the_first_until_one_is_deleted()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var made = (await fixture.Call("AddUserPoolClientSecret", new { UserPoolId = fixture.PoolId, fixture.ClientId }))["ClientSecretDescriptor"]!;
        var second = (string)made["ClientSecretValue"]!;
        var list = (await fixture.Call("ListUserPoolClientSecrets", new { UserPoolId = fixture.PoolId, fixture.ClientId }))["ClientSecrets"]!.AsArray();
        Assert.Equal(2, list.Count);
        Assert.Equal("LimitExceededException", (await fixture.Fails("AddUserPoolClientSecret", new { UserPoolId = fixture.PoolId, fixture.ClientId })).Code);
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        object With(string secret) => new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "alice", PASSWORD = Fixture.Password, SECRET_HASH = Galley.Cognito.SignIn.Credentials.SecretHash(secret, "alice", fixture.ClientId) } };
        Assert.NotNull((await fixture.Call("InitiateAuth", With(second)))["AuthenticationResult"]);
        await fixture.Call("DeleteUserPoolClientSecret", new { UserPoolId = fixture.PoolId, fixture.ClientId, ClientSecretId = (string)list[0]!["ClientSecretId"]! });
        Assert.Equal("NotAuthorizedException", (await fixture.SignInFails()).Code);
        Assert.NotNull((await fixture.Call("InitiateAuth", With(second)))["AuthenticationResult"]);
        Assert.Equal(second, (string)(await fixture.Call("DescribeUserPoolClient", new { UserPoolId = fixture.PoolId, fixture.ClientId }))["UserPoolClient"]!["ClientSecret"]!);
        Assert.Equal("InvalidParameterException", (await fixture.Fails("DeleteUserPoolClientSecret", new { UserPoolId = fixture.PoolId, fixture.ClientId, ClientSecretId = (string)made["ClientSecretId"]! })).Code);
    }

    private static object Ask(Fixture fixture, string token) => new { fixture.ClientId, RefreshToken = token, ClientSecret = fixture.Secret };

    private static async Task<string> Next(Fixture fixture, string token) => (string)(await fixture.Call("GetTokensFromRefreshToken", Ask(fixture, token)))["AuthenticationResult"]!["RefreshToken"]!;
}
