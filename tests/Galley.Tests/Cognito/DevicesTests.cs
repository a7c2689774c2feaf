using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

public class DevicesTests
{
    [Fact]
    public async Task Amazon_cognito_identity_js_signs_in_unchanged_with_app_device_and_new_password()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10 });
        var js = new AwsJs(server);
        Task<JsonObject> Call(string command, object input) => js.Call("cognito-identity-provider", command, input);
        var pool = (string)(await Call("CreateUserPool", new { PoolName = "p", DeviceConfiguration = new { ChallengeRequiredOnNewDevice = true, DeviceOnlyRememberedOnUserPrompt = false } }))["UserPool"]!["Id"]!;
        await Call("SetUserPoolMfaConfig", new { UserPoolId = pool, MfaConfiguration = "OPTIONAL", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        using var triggers = await RecordedTriggers.Start(server, pool);
        await Call("UpdateUserPool", new { UserPoolId = pool, MfaConfiguration = "OPTIONAL", DeviceConfiguration = new { ChallengeRequiredOnNewDevice = true, DeviceOnlyRememberedOnUserPrompt = false }, LambdaConfig = new { PreTokenGeneration = triggers.Arn } });
        var client = (string)(await Call("CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c" }))["UserPoolClient"]!["ClientId"]!;
        await Call("AdminCreateUser", new { UserPoolId = pool, Username = "alice", MessageAction = "SUPPRESS" });
        await Call("AdminSetUserPassword", new { UserPoolId = pool, Username = "alice", Password = "Passw0rd!", Permanent = true });
        await Call("AdminCreateUser", new { UserPoolId = pool, Username = "tom", MessageAction = "SUPPRESS", TemporaryPassword = "Temp0rary!" });
        using var node = Process.Start(new ProcessStartInfo("node", ["identity.mjs", server.Endpoint.ToString(), pool, client]) { WorkingDirectory = Path.Combine(Repository.Root, "tests", "clients"), RedirectStandardOutput = true })!;
        JsonObject told = [];
        var sources = await triggers.During(async () => told = JsonNode.Parse(await node.StandardOutput.ReadToEndAsync())!.AsObject());
        await node.WaitForExitAsync();
        Assert.True(told["error"] is null, told.ToJsonString());
        Assert.Equal(("""["newPasswordRequired"]""", "[]", "alice"), (told["newPassword"]!.ToJsonString(), told["plain"]!.ToJsonString(), (string)told["username"]!));
        Assert.Matches("^eu-west-2_[0-9a-f-]{36}$", (string)told["deviceKey"]!);
        Assert.True((bool)told["refreshed"]!);
        Assert.Equal(("[]", 1, """["totpRequired"]""", "NotAuthorizedException"), (told["remembered"]!.ToJsonString(), (int)told["devices"]!, told["stranger"]!.ToJsonString(), (string)told["wrong"]!));
        Assert.Equal("TokenGeneration_AuthenticateDevice TokenGeneration_Authentication TokenGeneration_NewPasswordChallenge TokenGeneration_RefreshTokens", string.Join(' ', sources.Split(' ').Distinct().Order(StringComparer.Ordinal)));
        var devices = await Call("AdminListDevices", new { UserPoolId = pool, Username = "alice" });
        Assert.Single(devices["Devices"]!.AsArray()); // the stranger's: the first one was forgotten
        Assert.Equal("ResourceNotFoundException", (await js.Fails("cognito-identity-provider", "AdminForgetDevice", new { UserPoolId = pool, Username = "alice", DeviceKey = (string)told["deviceKey"]! })).Code);
    }
}
