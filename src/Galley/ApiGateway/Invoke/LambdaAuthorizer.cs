using System.Text.Json;
using Galley.Wire;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// A Lambda (REQUEST) authorizer: the function is asked with the request, and answers an IAM policy or, in format 2.0, simply yes or no.
/// Answers are kept by identity source for the authorizer's time to live. Whatever is unclear is nobody's right to pass.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
/// </summary>
internal sealed class LambdaAuthorizer(Authorizer authorizer, Installation installation, IInvokeFunctions functions, IJudgeInvocations judge) : IAuthorizer
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly TimeSpan _life = TimeSpan.FromSeconds(authorizer.AuthorizerResultTtlInSeconds ?? 0);
    private readonly bool _v2 = authorizer.AuthorizerPayloadFormatVersion == "2.0";
    private readonly KeptAnswers _kept = new();

    public string Name => "authorizer";

    public async ValueTask<Refusal?> Check(Exchange exchange)
    {
        var identity = new string[authorizer.IdentitySource.Count];
        for (var i = 0; i < identity.Length; i++)
        {
            if (IdentitySource.Of(authorizer.IdentitySource[i], exchange) is not { Length: > 0 } value) return new Refusal(401, null, $"the identity source {authorizer.IdentitySource[i]} is missing") { Fix = "send it: without it the authorizer function is not even asked" };
            identity[i] = value;
        }

        var keep = _life > TimeSpan.Zero && identity.Length > 0;
        var key = keep ? KeptAnswers.KeyOf(identity) : default;
        var answer = keep ? _kept.Find(key, installation.Time.GetTimestamp()) : null;
        exchange.Remembered = answer is not null;
        if (answer is null)
        {
            var (asked, problem) = await Ask(exchange, identity);
            if (asked is null) return problem;
            answer = asked;
            if (keep) _kept.Keep(key, answer, installation.Time.GetTimestamp() + (long)(_life.TotalSeconds * installation.Time.TimestampFrequency));
        }

        return Judge(exchange, answer);
    }

    private Refusal? Judge(Exchange exchange, AuthorizerResult answer)
    {
        var allowed = answer.Policy is null ? answer.Allowed : judge.Allows(answer.Policy, exchange.RouteArn, exchange.Conditions());
        if (allowed is null) return Broken("what the authorizer function answered as policyDocument is no policy");
        if (!allowed.Value) return new Refusal(403, null, answer.Policy is null ? $"the authorizer function {authorizer.Name} answered isAuthorized false" : $"the policy of the authorizer function {authorizer.Name} does not allow execute-api:Invoke on {exchange.RouteArn}");
        exchange.Answer = new AuthorizerAnswer(answer.PrincipalId, answer.Context);
        return null;
    }

    private async ValueTask<(AuthorizerResult? Answer, Refusal? Problem)> Ask(Exchange exchange, string[] identity)
    {
        var uri = StageVariables.Fill(authorizer.AuthorizerUri ?? "", exchange.Stage!.Stage.StageVariables);
        if (Integrations.FunctionOf(uri) is not { } function) return (null, Broken("the authorizer's URI names no function"));
        var source = $"arn:aws:execute-api:{exchange.Api.Keys.Region}:{exchange.Api.Keys.Account}:{exchange.Api.Api.ApiId}/authorizers/{authorizer.AuthorizerId}";
        var payload = _v2 ? AuthorizerEvent.Write(exchange, identity) : AuthorizerEvent.WriteV1(exchange, identity);
        using var limit = new CancellationTokenSource(Limit, installation.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, exchange.Http.RequestAborted);
        try
        {
            var began = exchange.Trail.Now;
            var result = await functions.Invoke(new FunctionCall(function, source, authorizer.AuthorizerCredentialsArn, payload, exchange.Trace), either.Token);
            exchange.Trail.ColdStart(function, began, result.ColdStart);
            if (result.Failed) return (null, SaysUnauthorized(result.Payload) ? new Refusal(401, null, "the authorizer function said Unauthorized") : Broken("the authorizer function failed"));
            return AuthorizerResult.Read(result.Payload, simple: _v2 && authorizer.EnableSimpleResponses is true, scalarsOnly: !_v2) is { } answer
                ? (answer, null)
                : (null, Broken("the authorizer's answer has not the form that API Gateway expects"));
        }
        catch (AwsError error)
        {
            return (null, Broken(error.Message) with { Fix = $"let apigateway.amazonaws.com invoke the function for {source}" });
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (null, Broken("the authorizer function did not answer within 10 seconds"));
        }
    }

    /// <summary>In format 1.0 an error of this very text means 401, as it does for REST APIs.</summary>
    private bool SaysUnauthorized(ReadOnlyMemory<byte> payload)
    {
        if (_v2) return false;
        try
        {
            using var error = JsonDocument.Parse(payload);
            return error.RootElement.ValueKind == JsonValueKind.Object && error.RootElement.TryGetProperty("errorMessage", out var text) && text.ValueKind == JsonValueKind.String && text.ValueEquals("Unauthorized");
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Refusal Broken(string why) => new(500, null, why);
}
