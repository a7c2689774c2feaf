namespace Galley.Tests.Cognito;

/// <summary>A token that has been looked at before, and its user: whatever happens to them counts at the very next request.</summary>
public class SeenTokensTests
{
    [Fact]
    public async Task What_happens_to_a_token_and_its_user_counts_at_once()
    {
        await using var fixture = await Fixture.Start(client: new { AllowedOAuthScopes = new[] { "openid", "email", "profile", "aws.cognito.signin.user.admin" } });
        await fixture.User();
        var alice = new { UserPoolId = fixture.PoolId, Username = "alice" };

        var token = await Seen(fixture);
        await fixture.Call("AdminUpdateUserAttributes", new { alice.UserPoolId, alice.Username, UserAttributes = new[] { new { Name = "email", Value = "new@example.com" } } });
        Assert.Contains("new@example.com", (await fixture.Raw("GetUser", new { AccessToken = token })).Body);
        Assert.Contains("new@example.com", (await fixture.UserInfo(token)).Body);

        await fixture.Call("AdminUserGlobalSignOut", alice);
        await Refused(fixture, token, "Access Token has been revoked");

        token = await Seen(fixture);
        await fixture.Call("AdminDisableUser", alice);
        await Refused(fixture, token, null);
        await fixture.Call("AdminEnableUser", alice);

        token = await Seen(fixture);
        await fixture.Call("AdminDeleteUser", alice);
        await Refused(fixture, token, "User does not exist.");
        await fixture.User(); // another alice
        await Refused(fixture, token, "User does not exist.");

        token = await Seen(fixture);
        await fixture.Call("DeleteUserPoolClient", new { UserPoolId = fixture.PoolId, fixture.ClientId });
        await Refused(fixture, token, "Invalid Access Token");
    }

    [Fact]
    public async Task A_deleted_pools_token_is_no_token()
    {
        await using var fixture = await Fixture.Start(client: new { AllowedOAuthScopes = new[] { "openid", "aws.cognito.signin.user.admin" } });
        await fixture.User();
        var token = await Seen(fixture);
        await fixture.Call("DeleteUserPoolDomain", new { UserPoolId = fixture.PoolId, Domain = "cook-recipes-app" });
        await fixture.Call("DeleteUserPool", new { UserPoolId = fixture.PoolId });
        var (status, body) = await fixture.Raw("GetUser", new { AccessToken = token });
        Assert.True(status == 400 && body.Contains("Invalid Access Token", StringComparison.Ordinal), body);
        Assert.Equal(404, (await fixture.UserInfo(token)).Status);
    }

    /// <summary>The same token is shown all the time, so that everything about it is kept; whoever asks after the answer that ended it is refused.</summary>
    [Theory]
    [InlineData("RevokeToken")]
    [InlineData("GlobalSignOut")]
    [InlineData("AdminDisableUser")]
    public async Task Nobody_is_let_in_after_the_answer_that_ended_a_log_in(string how)
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        for (var round = 0; round < 8; round++)
        {
            var tokens = (await fixture.SignIn())["AuthenticationResult"]!;
            var token = (string)tokens["AccessToken"]!;
            var (ended, taken) = (false, new SemaphoreSlim(0));
            var showing = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (var refused = 0; refused < 3;)
                {
                    var late = Volatile.Read(ref ended);
                    var (status, body) = await fixture.Raw("GetUser", new { AccessToken = token });
                    if (status == 200) taken.Release();
                    else refused++;
                    Assert.True(status == (late ? 400 : status), body);
                }
            })).ToList();
            for (var times = 0; times < 12; times++) await taken.WaitAsync();
            await (how switch
            {
                "RevokeToken" => fixture.Call(how, new { fixture.ClientId, ClientSecret = fixture.Secret, Token = (string)tokens["RefreshToken"]! }),
                "GlobalSignOut" => fixture.Call(how, new { AccessToken = token }),
                _ => fixture.Call(how, new { UserPoolId = fixture.PoolId, Username = "alice" }),
            });
            Volatile.Write(ref ended, true);
            await Task.WhenAll(showing);
            if (how == "AdminDisableUser") await fixture.Call("AdminEnableUser", new { UserPoolId = fixture.PoolId, Username = "alice" });
        }
    }

    /// <summary>An access token that both ends have taken.</summary>
    private static async Task<string> Seen(Fixture fixture)
    {
        var token = (string)(await fixture.Exchange(await fixture.Code())).Body["access_token"]!;
        for (var times = 0; times < 2; times++)
        {
            Assert.Equal(200, (await fixture.Raw("GetUser", new { AccessToken = token })).Status);
            Assert.Equal(200, (await fixture.UserInfo(token)).Status);
        }

        return token;
    }

    private static async Task Refused(Fixture fixture, string token, string? why)
    {
        var (status, body) = await fixture.Raw("GetUser", new { AccessToken = token });
        Assert.True(status == 400 && body.Contains(why ?? "", StringComparison.Ordinal), body);
        Assert.Equal(401, (await fixture.UserInfo(token)).Status);
    }
}
