using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.Functions;

/// <summary>The event of a custom resource of CloudFormation.</summary>
/// <param name="RequestType">`Create`, `Update` or `Delete`.</param>
/// <param name="ResponseUrl">Where the answer goes.</param>
/// <param name="StackId">The stack.</param>
/// <param name="RequestId">Of this request.</param>
/// <param name="LogicalResourceId">Its name in the template.</param>
/// <param name="ResourceType">`Custom::…`.</param>
/// <param name="ResourceProperties">From the template; every scalar is text.</param>
/// <param name="PhysicalResourceId">Null for Create.</param>
/// <param name="OldResourceProperties">Only for Update.</param>
public sealed record CustomResourceEvent(
    string RequestType, Uri ResponseUrl, string StackId, string RequestId, string LogicalResourceId, string ResourceType, JsonElement ResourceProperties, string? PhysicalResourceId = null,
    JsonElement? OldResourceProperties = null)
{
    /// <summary>The function's ARN, as the template has it.</summary>
    public string? ServiceToken { get; init; }

    /// <summary>It is done.</summary>
    /// <param name="http">Sends the answer.</param>
    /// <param name="physicalResourceId">The resource; another one than before replaces it.</param>
    /// <param name="data">What `Fn::GetAtt` reads.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task Succeed(HttpClient http, string physicalResourceId, IReadOnlyDictionary<string, string>? data = null, CancellationToken cancel = default)
        => Send(http, new CustomResourceAnswer("SUCCESS", physicalResourceId, StackId, RequestId, LogicalResourceId, Data: data), cancel);

    /// <summary>It cannot be done.</summary>
    /// <param name="http">Sends the answer.</param>
    /// <param name="reason">For the stack's events.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task Fail(HttpClient http, string reason, CancellationToken cancel = default)
        => Send(http, new CustomResourceAnswer("FAILED", PhysicalResourceId ?? RequestId, StackId, RequestId, LogicalResourceId, reason), cancel);

    private async Task Send(HttpClient http, CustomResourceAnswer answer, CancellationToken cancel)
    {
        // The URL is signed for a body without a type.
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(answer, CustomResourceJson.Default.CustomResourceAnswer));
        using var taken = await http.PutAsync(ResponseUrl, content, cancel).ConfigureAwait(false);
        taken.EnsureSuccessStatusCode();
    }
}

internal sealed record CustomResourceAnswer(string Status, string PhysicalResourceId, string StackId, string RequestId, string LogicalResourceId, string? Reason = null, IReadOnlyDictionary<string, string>? Data = null);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CustomResourceAnswer))]
internal sealed partial class CustomResourceJson : JsonSerializerContext;

/// <summary>What a destination of asynchronous events gets.</summary>
/// <param name="RequestContext">Which event.</param>
/// <param name="RequestPayload">The event itself.</param>
/// <param name="ResponseContext">How the function ended; null when it was not called.</param>
/// <param name="ResponsePayload">What it answered.</param>
/// <param name="Version">Of the record.</param>
/// <param name="Timestamp">When it was made.</param>
public sealed record DestinationRecord(
    DestinationContext RequestContext, JsonElement RequestPayload, DestinationAnswer? ResponseContext = null, JsonElement? ResponsePayload = null, string Version = "1.0", DateTimeOffset Timestamp = default);

/// <summary>Which event a <see cref="DestinationRecord"/> is about.</summary>
/// <param name="RequestId">Of the invocation.</param>
/// <param name="FunctionArn">With the version.</param>
/// <param name="Condition">`Success`, `RetriesExhausted` or `EventAgeExceeded`.</param>
/// <param name="ApproximateInvokeCount">How often it was tried.</param>
public sealed record DestinationContext(string RequestId, string FunctionArn, string Condition, int ApproximateInvokeCount);

/// <summary>How a function ended.</summary>
/// <param name="StatusCode">200 also for a function's own error.</param>
/// <param name="ExecutedVersion">`$LATEST` or a number.</param>
/// <param name="FunctionError">`Unhandled`, or null.</param>
public sealed record DestinationAnswer(int StatusCode, string ExecutedVersion = "", string? FunctionError = null);

/// <summary>JSON contracts of the events and answers of DynamoDB's streams, S3, Cognito, Lambda authorizers, Lambda@Edge, custom resources and destinations.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DynamoDBEvent))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(S3Event))]
[JsonSerializable(typeof(CognitoEvent))]
[JsonSerializable(typeof(AuthorizerRequest))]
[JsonSerializable(typeof(AuthorizerRequestV1))]
[JsonSerializable(typeof(AuthorizerResponse))]
[JsonSerializable(typeof(AuthorizerPolicyResponse))]
[JsonSerializable(typeof(CloudFrontEvent))]
[JsonSerializable(typeof(CloudFrontResult))]
[JsonSerializable(typeof(CustomResourceEvent))]
[JsonSerializable(typeof(DestinationRecord))]
public sealed partial class EventJson : JsonSerializerContext;
