using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Galley.Functions;
using Galley.Tests.Functions;

// Each handler prints or answers what it understood of its event, and fails if the event says something that its type has no place for.
using var http = new HttpClient();
if (Environment.GetEnvironmentVariable("_HANDLER") == "stream")
    await Function.RunStreaming(async (@event, output, _) =>
    {
        await output.WriteAsync("one "u8.ToArray());
        await output.WriteAsync(@event);
    });

if (Environment.GetEnvironmentVariable("_HANDLER") == "events")
    await Function.RunStreaming(async (@event, output, _) =>
    {
        var request = Places.Read(@event.Span, HttpApiJson.Default.HttpApiRequest);
        await Function.BeginHttp(output, new HttpApiResponse { StatusCode = 202, Headers = new Dictionary<string, string> { ["content-type"] = "text/event-stream" }, Cookies = ["a=1", "b=2"] });
        await output.WriteAsync(Encoding.UTF8.GetBytes($"data: {request.RequestContext.Http?.Method}\n\n"));
        await output.WriteAsync(Encoding.UTF8.GetBytes($"data: {request.RawPath}\n\n"));
    });

await Function.Run(new Dictionary<string, RawHandler>
{
    ["patient"] = async (_, context) =>
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.Cancellation);
        }
        catch (OperationCanceledException)
        {
            // there is time left to say so
        }

        return "\"cancelled\""u8.ToArray();
    },
    ["page"] = Typed(HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse,
        request => HttpApiResponse.Json($"\"{request.PathParameters?["id"]} {request.RequestContext.Authorizer?.Lambda?["user"]} {request.RequestContext.Http?.Method}\"")),
    ["page1"] = Typed(HttpApiJson.Default.HttpApiRequestV1, HttpApiJson.Default.HttpApiResponseV1, request => new HttpApiResponseV1
    {
        StatusCode = 201,
        Headers = new Dictionary<string, string> { ["x-seen"] = $"{request.Header("x-key")} {request.MultiValueQueryStringParameters?["a"].Count} {request.RequestContext.Identity.SourceIp}" },
        MultiValueHeaders = new Dictionary<string, IReadOnlyList<string>> { ["set-cookie"] = ["a=1", "b=2"] },
        Body = $"{request.HttpMethod} {request.Resource} {request.PathParameters?["id"]} {request.RequestContext.Authorizer?["principalId"]} {request.RequestContext.Authorizer?["user"]} {request.BodyText()}",
    }),
    ["guard"] = Typed(EventJson.Default.AuthorizerRequest, EventJson.Default.AuthorizerResponse,
        request => new AuthorizerResponse(request.IdentitySource is ["good"] && request.RouteArn.EndsWith("/GET/page/7", StringComparison.Ordinal), new Dictionary<string, string> { ["user"] = "ann" })),
    ["guard1"] = Typed(EventJson.Default.AuthorizerRequestV1, EventJson.Default.AuthorizerPolicyResponse,
        request => request.IdentitySource == "good" ? AuthorizerPolicyResponse.Allow("ann", request.MethodArn, new Dictionary<string, string> { ["user"] = $"{request.Type} {request.PathParameters?["id"]}" }) : AuthorizerPolicyResponse.Deny("nobody", request.MethodArn)),
    ["policy"] = Typed(EventJson.Default.AuthorizerRequest, EventJson.Default.AuthorizerPolicyResponse,
        request => request.IdentitySource is ["good"] ? AuthorizerPolicyResponse.Allow("ann", request.RouteArn, new Dictionary<string, string> { ["user"] = request.RouteKey }) : AuthorizerPolicyResponse.Deny("nobody", "*")),
    ["upload"] = Said(EventJson.Default.S3Event, @event => string.Join(';', @event.Records.Select(record => $"{record.EventName} {record.S3.Bucket.Name} {record.S3.Object.KeyText()} {record.S3.Object.Size} {record.EventTime.Offset}"))),
    ["told"] = Said(EventJson.Default.DestinationRecord, record => $"{record.RequestContext.Condition} {record.RequestContext.ApproximateInvokeCount} {record.ResponseContext?.StatusCode} {record.ResponsePayload} {record.RequestPayload.GetProperty("Records").GetArrayLength()}"),
    ["change"] = Typed(EventJson.Default.DynamoDBEvent, EventJson.Default.BatchResponse, @event =>
    {
        foreach (var record in @event.Records)
            Console.WriteLine($"{record.EventName} {record.Dynamodb.Keys["id"].S} {record.Dynamodb.NewImage?["n"].N} {string.Join(',', record.Dynamodb.NewImage?["list"].L?.Select(one => one.S ?? $"{one.BOOL}") ?? [])} {Encoding.UTF8.GetString(record.Dynamodb.NewImage?["bytes"].B ?? [])}");
        return BatchResponse.Failed(@event.Records.Where(record => record.Dynamodb.Keys["id"].S == "bad").Select(record => record.Dynamodb.SequenceNumber));
    }),
    // The window's state counts its records.
    ["sum"] = Typed(EventJson.Default.DynamoDBEvent, EventJson.Default.BatchResponse, @event =>
    {
        var before = @event.State is { } state && state.TryGetProperty("count", out var count) ? count.GetInt32() : 0;
        if (@event.IsFinalInvokeForWindow) Console.WriteLine($"{before} in {(@event.Window!.End - @event.Window.Start).TotalSeconds} s of {@event.EventSourceARN?.Split('/')[1]} {@event.ShardId?.Length > 0}");
        return new BatchResponse([], JsonElement.Parse($$"""{"count":{{before + @event.Records.Count}}}"""));
    }),
    ["edge"] = Typed(EventJson.Default.CloudFrontEvent, EventJson.Default.CloudFrontResult, @event => Edge(@event.Cf)),
    ["user"] = Typed(EventJson.Default.CognitoEvent, EventJson.Default.CognitoEvent, @event => @event.Answer(User(@event, @event.Request))),
    ["maker"] = Later(EventJson.Default.CustomResourceEvent, EventJson.Default.AuthorizerResponse, async (@event, context) =>
    {
        var word = @event.ResourceProperties.GetProperty("Word").GetString()!;
        if (word == "bad" && @event.RequestType != "Delete") await @event.Fail(http, "no such word", context.Cancellation);
        else await @event.Succeed(http, "thing-" + word, new Dictionary<string, string> { ["Loud"] = $"{word}! {@event.RequestType} {@event.ResourceType}" }, context.Cancellation);
        return new AuthorizerResponse(true);
    }),
});

static CloudFrontResult Edge(CloudFrontExchange cf) => cf.Config.EventType switch
{
    "viewer-request" when cf.Request.Uri == "/made" => new CloudFrontResponse { Status = "418", StatusDescription = "teapot", Body = "tea" }.WithHeader("X-Made", "one", "two"),
    "viewer-request" => (cf.Request with { Uri = cf.Request.Uri + ".html", Body = cf.Request.Body is { } body ? CloudFrontBody.Replace($"new {Encoding.UTF8.GetString(Convert.FromBase64String(body.Data))}") : null }).WithHeader("X-Viewer", cf.Request.ClientIp).WithHeader("X-Gone"),
    "origin-request" => (cf.Request with { Origin = cf.Request.Uri == "/moved.html" ? cf.Request.Origin! with { Custom = cf.Request.Origin.Custom! with { Path = "/there" } } : cf.Request.Origin }).WithHeader("X-Origin", $"{cf.Request.Origin!.Custom!.DomainName} {cf.Request.Header("x-viewer")}"),
    var type => cf.Response!.WithHeader("X-" + type, cf.Response.Status),
};

static CognitoResponse User(CognitoEvent @event, CognitoRequest request) => @event.TriggerSource switch
{
    "PreSignUp_SignUp" => new() { AutoConfirmUser = request.ClientMetadata?["invited"] == "yes" },
    "PreSignUp_ExternalProvider" or "PreAuthentication_Authentication" or "PostAuthentication_Authentication" or "PostConfirmation_ConfirmSignUp" => new(),
    "CustomMessage_SignUp" => new() { EmailSubject = "Typed for " + request.UserAttributes?["email"], EmailMessage = $"Code {request.CodeParameter}" },
    "TokenGeneration_Authentication" when @event.Version == "1" => new() { ClaimsOverrideDetails = new CognitoClaims(Claim($"hello {request.UserAttributes?["cognito:user_status"]}")) },
    "TokenGeneration_Authentication" => new() { ClaimsAndScopeOverrideDetails = new CognitoTokens(new CognitoClaims(Claim(@event.Version)), new CognitoClaims(Claim($"{@event.Version} {request.Scopes?.Count}"), ScopesToAdd: ["extra"]), new CognitoGroups(["typed"])) },
    "DefineAuthChallenge_Authentication" => request.Session is { Count: > 0 } ? new() { IssueTokens = request.Session[^1].ChallengeResult } : new() { ChallengeName = "CUSTOM_CHALLENGE" },
    "CreateAuthChallenge_Authentication" => new() { PublicChallengeParameters = new Dictionary<string, string> { ["question"] = "6*7" }, PrivateChallengeParameters = new Dictionary<string, string> { ["answer"] = "42" }, ChallengeMetadata = request.ChallengeName },
    "VerifyAuthChallengeResponse_Authentication" => new() { AnswerCorrect = request.ChallengeAnswer == request.PrivateChallengeParameters?["answer"] },
    "UserMigration_Authentication" => new() { UserAttributes = new Dictionary<string, string> { ["email"] = $"{@event.UserName}@{request.Password}.example" }, FinalUserStatus = "CONFIRMED", MessageAction = "SUPPRESS" },
    "InboundFederation_ExternalProvider" => new() { UserAttributesToMap = new Dictionary<string, string> { ["email"] = request.Attributes?.UserInfo?["email"]!, ["given_name"] = $"{request.ProviderName} {request.Attributes?.IdToken?["sub"]} {request.Attributes?.TokenResponse?["token_type"]}" } },
    "CustomEmailSender_SignUp" => Delivered($"{request.Type} {request.UserAttributes?["email"]} {request.ClientMetadata?["lang"]} {request.Code?[..5]}"),
    var other => throw new InvalidOperationException(other),
};

static CognitoResponse Delivered(string line)
{
    Console.WriteLine(line);
    return new CognitoResponse();
}

static Dictionary<string, JsonElement> Claim(string greeting) => new() { ["greeting"] = JsonElement.Parse($"\"{greeting}\"") };

static RawHandler Later<TIn, TOut>(JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<TIn, FunctionContext, Task<TOut>> handle) => (@event, context) =>
{
    Places.Read(@event.Span, input);
    return Function.Handler(handle, input, output)(@event, context);
};

static RawHandler Typed<TIn, TOut>(JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<TIn, TOut> handle) => Later(input, output, (@event, _) => Task.FromResult(handle(@event)));

static RawHandler Said<T>(JsonTypeInfo<T> type, Func<T, string> say) => (@event, _) =>
{
    var said = say(Places.Read(@event.Span, type));
    Console.WriteLine(said);
    return ValueTask.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(said)}\""));
};
