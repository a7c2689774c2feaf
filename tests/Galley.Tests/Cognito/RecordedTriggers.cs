using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.Cognito;

/// <summary>One function for all triggers of a pool, inside this program: keeps every event, and answers what lets things go on.</summary>
internal sealed class RecordedTriggers : IDisposable
{
    private readonly ConcurrentQueue<JsonObject> _events = new();
    private IDisposable? _function;

    public string Arn { get; private set; } = "";

    /// <summary>What came since <see cref="During"/> was last called, as it came.</summary>
    public IReadOnlyList<JsonObject> Events => [.. _events];

    /// <summary>A source that fails from now on; null for none.</summary>
    public string? Failing { get; set; }

    /// <summary>What a provider's claims become; null leaves them.</summary>
    public JsonObject? Mapping { get; set; }

    /// <summary>Answers this text, whatever comes; null for none.</summary>
    public string? Saying { get; set; }

    public static async Task<RecordedTriggers> Start(GalleyServer server, string poolId)
    {
        var (triggers, functions) = (new RecordedTriggers(), new TestFunctions(server));
        triggers.Arn = (string)(await functions.Python("triggers", "", await functions.Role("triggers")))["FunctionArn"]!;
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "triggers", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com", SourceArn = $"arn:aws:cognito-idp:eu-west-2:123456789012:userpool/{poolId}" });
        triggers._function = server.UseFunction("triggers", (@event, _) => Task.FromResult<ReadOnlyMemory<byte>>(System.Text.Encoding.UTF8.GetBytes(triggers.Saying ?? triggers.Answer(JsonNode.Parse(@event.Span)!.AsObject()).ToJsonString())));
        return triggers;
    }

    /// <summary>The sources of the events that an act sets off, in their order.</summary>
    public async Task<string> During(Func<Task> act)
    {
        _events.Clear();
        await act();
        return string.Join(' ', _events.Select(one => (string)one["triggerSource"]!));
    }

    public void Dispose() => _function?.Dispose();

    private JsonObject Answer(JsonObject @event)
    {
        _events.Enqueue(@event.DeepClone().AsObject());
        var (source, request, response) = ((string)@event["triggerSource"]!, @event["request"]!, @event["response"]!);
        if (source == Failing) throw new InvalidOperationException("not today");
        switch (source)
        {
            case "UserMigration_Authentication" or "UserMigration_ForgotPassword":
                response["userAttributes"] = new JsonObject { ["email"] = (string)@event["userName"]! + "@example.com", ["email_verified"] = "true" };
                response["messageAction"] = "SUPPRESS";
                if (source == "UserMigration_Authentication") response["finalUserStatus"] = "CONFIRMED";
                break;
            case "DefineAuthChallenge_Authentication":
                var answered = request["session"]!.AsArray().Count > 0;
                (response["issueTokens"], response["failAuthentication"]) = (answered, false);
                if (!answered) response["challengeName"] = "CUSTOM_CHALLENGE";
                break;
            case "CreateAuthChallenge_Authentication":
                response["publicChallengeParameters"] = new JsonObject();
                response["privateChallengeParameters"] = new JsonObject { ["answer"] = "42" };
                break;
            case "InboundFederation_ExternalProvider" when Mapping is not null:
                response["userAttributesToMap"] = Mapping.DeepClone();
                break;
            case "VerifyAuthChallengeResponse_Authentication":
                response["answerCorrect"] = (string)request["challengeAnswer"]! == "42";
                break;
        }

        return @event;
    }
}
