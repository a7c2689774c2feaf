using System.Text.Json.Nodes;

namespace Galley.Tests.Iam;

/// <summary>Servers and callers for the tests of IAM.</summary>
internal static class Start
{
    public const string Account = "123456789012";

    public static Task<GalleyServer> Server(TimeProvider? time = null)
        => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Account, Time = time ?? TimeProvider.System });

    public static string Policy(string effect, string action, string resource, string condition = "")
        => $$"""{"Version":"2012-10-17","Statement":[{"Effect":"{{effect}}","Action":"{{action}}","Resource":"{{resource}}"{{(condition.Length > 0 ? ",\"Condition\":" + condition : "")}}}]}""";

    public static string Trust(string principal) => $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{{principal}},"Action":"sts:AssumeRole"}]}""";

    /// <summary>A new user with one inline policy, and a client that signs with its key.</summary>
    public static async Task<AwsJs> User(GalleyServer server, string name, string? policy = null)
    {
        var root = new AwsJs(server);
        await root.Call("iam", "CreateUser", new { UserName = name });
        if (policy is not null) await root.Call("iam", "PutUserPolicy", new { UserName = name, PolicyName = "p", PolicyDocument = policy });
        var key = (await root.Call("iam", "CreateAccessKey", new { UserName = name }))["AccessKey"]!;
        return new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
    }

    public static AwsJs With(GalleyServer server, JsonNode credentials)
        => new(server, (string)credentials["AccessKeyId"]!, (string)credentials["SecretAccessKey"]!, (string)credentials["SessionToken"]!);

    public static void Is(AwsJsError error, string code, int status, string text) => Assert.Equal((code, status, text), (error.Code, error.Status, error.Text));
}
