using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Galley.Tests.Lambda;

namespace Galley.Tests.Cognito;

/// <summary>
/// A pool's custom senders, a function inside this program for all its triggers: what comes is kept in order, and its code is opened by the
/// AWS Encryption SDK's own client in a Node process.
/// </summary>
internal sealed class Senders : IAsyncDisposable
{
    private readonly Channel<JsonObject> _events = Channel.CreateUnbounded<JsonObject>();
    private readonly Process _opener;
    private IDisposable? _function;

    private Senders(GalleyServer server) => _opener = Process.Start(new ProcessStartInfo("node", "open-code.mjs")
    {
        WorkingDirectory = Path.Combine(Repository.Root, "tests", "clients"),
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        Environment = { ["AWS_ENDPOINT_URL"] = server.Endpoint.ToString(), ["AWS_REGION"] = server.Region, ["AWS_ACCESS_KEY_ID"] = server.AccessKeyId, ["AWS_SECRET_ACCESS_KEY"] = server.SecretAccessKey },
    })!;

    public string KeyArn { get; private set; } = "";

    public string FunctionArn { get; private set; } = "";

    public static JsonObject Config(string functionArn, string? keyArn, params string[] names)
    {
        var config = new JsonObject();
        if (keyArn is not null) config["KMSKeyID"] = keyArn;
        foreach (var name in names) config[name] = new JsonObject { ["LambdaVersion"] = "V1_0", ["LambdaArn"] = functionArn };
        return config;
    }

    /// <summary>Both senders, and a custom message trigger that must not be asked.</summary>
    public static async Task<Senders> Start(Fixture fixture)
    {
        var (senders, functions) = (new Senders(fixture.Server), new TestFunctions(fixture.Server));
        senders.FunctionArn = (string)(await functions.Python("sender", "", await functions.Role("sender")))["FunctionArn"]!;
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "sender", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com", SourceArn = $"arn:aws:cognito-idp:eu-west-2:123456789012:userpool/{fixture.PoolId}" });
        senders._function = fixture.Server.UseFunction("sender", (@event, _) =>
        {
            senders._events.Writer.TryWrite(JsonNode.Parse(@event.Span)!.AsObject());
            return Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes("null")); // what it answers counts for nothing
        });
        senders.KeyArn = (string)(await fixture.Js.Call("kms", "CreateKey"))["KeyMetadata"]!["Arn"]!;
        var config = Config(senders.FunctionArn, senders.KeyArn, "CustomEmailSender", "CustomSMSSender");
        config["CustomMessage"] = senders.FunctionArn;
        await fixture.Call("UpdateUserPool", new JsonObject { ["UserPoolId"] = fixture.PoolId, ["LambdaConfig"] = config, ["AutoVerifiedAttributes"] = new JsonArray("email", "phone_number"), ["SmsConfiguration"] = new JsonObject { ["SnsCallerArn"] = "arn:aws:iam::123456789012:role/sms" } });
        return senders;
    }

    /// <summary>The next event, with what its code says under `opened`.</summary>
    public async Task<JsonObject> Next()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var @event = await _events.Reader.ReadAsync(patience.Token);
        await _opener.StandardInput.WriteLineAsync((string?)@event["request"]!["code"]);
        @event["opened"] = JsonNode.Parse((await _opener.StandardOutput.ReadLineAsync(patience.Token))!);
        return @event;
    }

    /// <summary>The code of the next event, which must come from here.</summary>
    public async Task<string> Code(string source)
    {
        var @event = await Next();
        Assert.Equal(source, (string)@event["triggerSource"]!);
        return (string)@event["opened"]!["text"]!;
    }

    public bool IsSilent => !_events.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        _function?.Dispose();
        _opener.StandardInput.Close();
        await _opener.WaitForExitAsync();
        _opener.Dispose();
    }
}
