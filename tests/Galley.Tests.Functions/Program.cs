using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Galley.Functions;

// Each handler prints what it understood of its event.
using var http = new HttpClient();
if (Environment.GetEnvironmentVariable("_HANDLER") == "stream")
    await Function.RunStreaming(async (@event, output, _) =>
    {
        await output.WriteAsync("one "u8.ToArray());
        await output.WriteAsync(@event);
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
    ["page"] = Function.Handler<HttpApiRequest, HttpApiResponse>(
        (request, _) => Task.FromResult(HttpApiResponse.Json($"\"{request.PathParameters?["id"]} {request.RequestContext.Authorizer?.Lambda?["user"]} {request.RequestContext.Http?.Method}\"")),
        HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
    ["guard"] = Function.Handler<AuthorizerRequest, AuthorizerResponse>(
        (request, _) => Task.FromResult(new AuthorizerResponse(request.IdentitySource is ["good"] && request.RouteArn.EndsWith("/GET/page/7", StringComparison.Ordinal), new Dictionary<string, string> { ["user"] = "ann" })),
        EventJson.Default.AuthorizerRequest, EventJson.Default.AuthorizerResponse),
    ["upload"] = Said(EventJson.Default.S3Event, @event => string.Join(';', @event.Records.Select(record => $"{record.EventName} {record.S3.Bucket.Name} {record.S3.Object.KeyText()} {record.S3.Object.Size} {record.EventTime.Offset}"))),
    ["told"] = Said(EventJson.Default.DestinationRecord, record => $"{record.RequestContext.Condition} {record.RequestContext.ApproximateInvokeCount} {record.ResponseContext?.StatusCode} {record.ResponsePayload} {record.RequestPayload.GetProperty("Records").GetArrayLength()}"),
    ["change"] = Function.Handler<DynamoDBEvent, BatchResponse>(
        (@event, _) =>
        {
            foreach (var record in @event.Records)
                Console.WriteLine($"{record.EventName} {record.Dynamodb.Keys["id"].S} {record.Dynamodb.NewImage?["n"].N} {string.Join(',', record.Dynamodb.NewImage?["list"].L?.Select(one => one.S ?? $"{one.BOOL}") ?? [])} {Encoding.UTF8.GetString(record.Dynamodb.NewImage?["bytes"].B ?? [])}");
            return Task.FromResult(BatchResponse.Failed(@event.Records.Where(record => record.Dynamodb.Keys["id"].S == "bad").Select(record => record.Dynamodb.SequenceNumber)));
        },
        EventJson.Default.DynamoDBEvent, EventJson.Default.BatchResponse),
    ["user"] = Function.Handler<CognitoEvent, CognitoEvent>(
        (@event, _) => Task.FromResult(@event.Answer(@event.TriggerSource switch
        {
            "PreSignUp_SignUp" => new CognitoResponse { AutoConfirmUser = @event.Request.ClientMetadata?["invited"] == "yes" },
            "TokenGeneration_Authentication" => new CognitoResponse { ClaimsOverrideDetails = new CognitoClaims(new Dictionary<string, JsonElement> { ["greeting"] = JsonElement.Parse($"\"hello {@event.Request.UserAttributes?["cognito:user_status"]}\"") }) },
            var other => throw new InvalidOperationException(other),
        })),
        EventJson.Default.CognitoEvent, EventJson.Default.CognitoEvent),
    ["maker"] = Function.Handler<CustomResourceEvent, AuthorizerResponse>(
        async (@event, context) =>
        {
            var word = @event.ResourceProperties.GetProperty("Word").GetString()!;
            if (word == "bad" && @event.RequestType != "Delete") await @event.Fail(http, "no such word", context.Cancellation);
            else await @event.Succeed(http, "thing-" + word, new Dictionary<string, string> { ["Loud"] = $"{word}! {@event.RequestType} {@event.ResourceType}" }, context.Cancellation);
            return new AuthorizerResponse(true);
        },
        EventJson.Default.CustomResourceEvent, EventJson.Default.AuthorizerResponse),
});

static RawHandler Said<T>(JsonTypeInfo<T> type, Func<T, string> say) => (@event, _) =>
{
    var said = say(JsonSerializer.Deserialize(@event.Span, type)!);
    Console.WriteLine(said);
    return ValueTask.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(said)}\""));
};
